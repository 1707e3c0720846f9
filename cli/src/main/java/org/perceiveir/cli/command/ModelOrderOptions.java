package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.InstanceAnswer;
import org.perceiveir.streams.control.ModelOrders;
import org.perceiveir.streams.log.PlainText;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What the commands that give orders for models have in common. */
final class ModelOrderOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description =
          "Longest wait for the answers; the order stays in force after it. Default:"
              + " ${DEFAULT-VALUE}.")
  private int timeout;

  /**
   * Gives an order and prints a line for each slot of each instance.
   *
   * @return exit code 0
   * @throws CommandFailure if an instance does not answer or refuses, or none runs
   */
  int give(ModelOrder order) throws IOException {
    if (timeout < 1) {
      throw wrong("--timeout is " + timeout + ": it must be at least 1");
    }
    return config.use(service -> give(service, order));
  }

  private void give(ServiceConfig service, ModelOrder order) {
    List<InstanceAnswer> answers = ModelOrders.of(service).send(order, Duration.ofSeconds(timeout));
    PrintWriter out = spec.commandLine().getOut();
    for (InstanceAnswer answer : answers) {
      answer.statuses().forEach(status -> out.println(line(status)));
      if (answer.statuses().isEmpty()) {
        out.println(PlainText.of(answer.instance()) + "  no answer");
      }
    }
    out.flush();
    if (answers.isEmpty()) {
      throw new CommandFailure(
          "no instance of " + service.applicationId() + " runs",
          order.getSlot() == null
              ? "start one with ./perceive run"
              : "the order stays in "
                  + service.modelControl().controlTopic()
                  + ", and an instance obeys it when it starts");
    }
    long silent = answers.stream().filter(answer -> !answer.complete()).count();
    long refused =
        answers.stream()
            .flatMap(answer -> answer.statuses().stream())
            .filter(status -> status.getState() == ModelState.FAILED)
            .count();
    if (silent > 0) {
      throw new CommandFailure(
          silent + " of " + answers.size() + " instances have not answered in " + timeout + " s",
          "look with ./perceive model status; an instance without models.directory never answers,"
              + " one that was killed counts until its session has timed out");
    }
    if (refused > 0) {
      throw new CommandFailure(
          refused + " orders are refused",
          "the lines above say why; the slots hold what they held");
    }
  }

  private static String line(ModelStatus status) {
    StringBuilder line = new StringBuilder(PlainText.of(status.getInstance()));
    line.append("  ")
        .append(status.getSlot().name().toLowerCase(Locale.ROOT))
        .append("  ")
        .append(status.getState());
    if (status.getBundleName() != null) {
      line.append("  ")
          .append(PlainText.of(status.getBundleName()))
          .append(' ')
          .append(PlainText.of(String.valueOf(status.getBundleVersion())))
          .append(" on ")
          .append(PlainText.of(String.valueOf(status.getDevice())));
    }
    if (status.getFrameMicros() != null) {
      line.append(String.format(Locale.ROOT, ", %.1f ms a frame", status.getFrameMicros() / 1e3));
    }
    if (status.getShare() != null) {
      line.append(", share ").append(status.getShare());
    }
    if (status.getBundleSha256() != null) {
      line.append(", sha256 ").append(PlainText.of(status.getBundleSha256()));
    }
    if (status.getMessage() != null) {
      line.append(": ").append(PlainText.of(status.getMessage()));
    }
    return line.toString();
  }

  /**
   * The order to load a bundle, checked as far as can be told here.
   *
   * @throws ParameterException if name or hash are none
   */
  ModelOrder load(
      ModelSlotName slot, String name, @Nullable String sha256, @Nullable Double share) {
    if (!BundleLabels.isName(name)) {
      throw wrong(
          "--name "
              + PlainText.of(name)
              + " is no name of a bundle: name its directory in models.directory");
    }
    if (sha256 != null && !sha256.matches("[0-9a-fA-F]{64}")) {
      throw wrong("--sha256 must have 64 hex digits");
    }
    return ModelOrders.load(
        slot, name, Optional.ofNullable(sha256).map(hex -> hex.toLowerCase(Locale.ROOT)), share);
  }

  ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
