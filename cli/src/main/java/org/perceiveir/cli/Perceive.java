package org.perceiveir.cli;

import java.io.PrintWriter;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.cli.command.AssessCommand;
import org.perceiveir.cli.command.AssessTiersCommand;
import org.perceiveir.cli.command.BenchCommand;
import org.perceiveir.cli.command.BooksCommand;
import org.perceiveir.cli.command.BuildVersion;
import org.perceiveir.cli.command.DataCommand;
import org.perceiveir.cli.command.DemoCommand;
import org.perceiveir.cli.command.DlqCommand;
import org.perceiveir.cli.command.DoctorCommand;
import org.perceiveir.cli.command.EvaluateCommand;
import org.perceiveir.cli.command.ExportCommand;
import org.perceiveir.cli.command.InspectCommand;
import org.perceiveir.cli.command.ModelCommand;
import org.perceiveir.cli.command.PublishCommand;
import org.perceiveir.cli.command.RecordCommand;
import org.perceiveir.cli.command.ReplayCommand;
import org.perceiveir.cli.command.RestoreCommand;
import org.perceiveir.cli.command.RunCommand;
import org.perceiveir.cli.command.SampleCommand;
import org.perceiveir.cli.command.SandboxCommand;
import org.perceiveir.cli.command.TopicsCommand;
import org.perceiveir.cli.command.TrainCommand;
import org.perceiveir.cli.command.VersionCommand;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.streams.log.PlainText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/**
 * The root of {@code ./perceive}.
 *
 * <p>Exit codes: 0 done, 1 a runtime error (one line on stderr with the remedy; the stack trace
 * with {@code --verbose}), 2 wrong usage.
 */
@Command(
    name = "perceive",
    description = "Restores degraded video frames that stream through Kafka.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = BuildVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      DoctorCommand.class,
      TopicsCommand.class,
      PublishCommand.class,
      SampleCommand.class,
      RecordCommand.class,
      BooksCommand.class,
      DlqCommand.class,
      InspectCommand.class,
      ReplayCommand.class,
      RestoreCommand.class,
      DataCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      AssessCommand.class,
      AssessTiersCommand.class,
      ModelCommand.class,
      ExportCommand.class,
      BenchCommand.class,
      SandboxCommand.class,
      VersionCommand.class
    },
    footer = {
      "",
      "In a checkout, ./perceive package makes an archive that runs without Maven and the sources."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:runtime error", "2:wrong usage", "3:Java heap exhausted"})
public final class Perceive implements Runnable {

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean verbose;

  @picocli.CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    int code;
    try {
      code = commandLine().execute(args);
    } catch (LinkageError e) {
      System.err.println(
          "perceive: a native library cannot be loaded: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "; TensorFlow runs on Linux x86_64 and arm64 and on macOS arm64");
      code = 1;
    }
    System.exit(code);
  }

  /** The command line with its way to report errors, ready to execute. */
  static CommandLine commandLine() {
    Perceive root = new Perceive();
    return new CommandLine(root)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Perceive::reportUsage)
        .setExecutionExceptionHandler(root::reportFailure);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int reportUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(
        "perceive: "
            + oneLine(withoutSecrets(String.valueOf(e.getMessage()), args))
            + " (see: ./"
            + command.getCommandSpec().qualifiedName()
            + " --help)");
    err.flush();
    return ExitCode.USAGE;
  }

  private int reportFailure(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("perceive: " + oneLine(describe(e)));
    if (verbose) {
      e.printStackTrace(err);
    }
    err.flush();
    return ExitCode.SOFTWARE;
  }

  /**
   * What went wrong, with the remedy. The messages of the project's own exceptions hold theirs; to
   * others only the stack trace can be added.
   */
  private String describe(Exception e) {
    if (e instanceof CommandFailure failure) {
      return failure.getMessage() + "; " + failure.remedy();
    }
    boolean ours = e.getClass().getName().startsWith("org.perceiveir.");
    if (ours && e.getMessage() != null) {
      return e.getMessage();
    }
    String kind = e.getClass().getSimpleName();
    return kind
        + (e.getMessage() == null ? "" : ": " + e.getMessage())
        + (verbose ? "" : "; run again with --verbose for details");
  }

  /** A message in which picocli quotes arguments: those that may hold a password are left out. */
  private static String withoutSecrets(String message, String[] args) {
    String told = message;
    for (String arg : args) {
      if (VideoAddress.mayTellASecret(arg)) {
        told = told.replace(arg, "...").replace(arg.substring(arg.indexOf('=') + 1), "...");
      }
    }
    return told;
  }

  /** On one line, without the user and password of an address. */
  private static String oneLine(String text) {
    return PlainText.of(
        text.strip()
            .replaceAll("\\s*\\R\\s*", " ")
            .replaceAll("(//|(?i:rtsps?:/))(?!/|USER:PASSWORD@)[^\\s/]*@", "$1...@"));
  }
}
