package org.perceiveir.cli.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.doctor.Doctor;
import org.perceiveir.streams.doctor.Finding;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.service.Bundles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive doctor}. */
@Command(
    name = "doctor",
    description = {
      "Looks at everything that a configuration needs before the service is started: brokers, topics,",
      "sizes, registry and schemas, directories, bundles and devices, time and heap.",
      "Each problem comes with what mends it. Changes nothing; exits with 1 if there is a problem."
    })
public final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "Java properties; docs/configuration.md lists the keys.")
  private Path file;

  @Override
  public Integer call() {
    // A configuration that cannot be read is the first finding, told as every command tells it.
    ServiceConfig config = ServiceConfig.load(Optional.of(file), System.getenv());
    List<Finding> findings = Doctor.examine(config, file.toString(), Bundles.of(config));
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : findings) {
      out.printf(
          Locale.ROOT,
          "%-8s %-11s %s%n",
          finding.level() == Finding.Level.PROBLEM
              ? "PROBLEM"
              : finding.level().name().toLowerCase(Locale.ROOT),
          finding.area(),
          PlainText.of(finding.text()));
    }
    long problems = findings.stream().filter(f -> f.level() == Finding.Level.PROBLEM).count();
    out.println(problems == 0 ? "the service can be started" : problems + " to mend");
    out.flush();
    return problems == 0 ? 0 : 1;
  }
}
