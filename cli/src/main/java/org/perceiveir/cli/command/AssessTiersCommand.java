package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.trainer.prompt.TierReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive assess-tiers}. */
@Command(
    name = "assess-tiers",
    description = {
      "Measures how often a perceiver finds the right tier: of clean images, of what degradations",
      "make of them, and of what a restorer makes of that. Prints the confusion matrix."
    })
public final class AssessTiersCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PerceiverOption perceiver;

  @Mixin private HeldOutOptions heldOut;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    heldOut.check();
    TierReport report;
    try (PerceiverSession session = perceiver.open()) {
      report = heldOut.judge(session);
    }
    HeldOutOptions.print(report, spec.commandLine().getOut());
    if (json != null) {
      WholeFile.write(json, report.toJson());
    }
    return 0;
  }
}
