package org.perceiveir.cli.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ModelSlotName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./perceive model shadow}. */
@Command(
    name = "shadow",
    description = {
      "Lets a candidate restore a share of the frames as well, for the telemetry only.",
      "Each instance then holds one bundle more, and a frame of the share takes the time of both.",
      "End it with ./perceive model unload --slot shadow."
    })
public final class ModelShadowCommand implements Callable<Integer> {
  @Mixin private ModelOrderOptions orders;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The candidate: name of its directory in models.directory of the instances.")
  private String name;

  @Option(
      names = "--share",
      paramLabel = "X",
      defaultValue = "0.1",
      description = "Share of the restored frames, above 0 to 1. Default: ${DEFAULT-VALUE}.")
  private double share;

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "Only if the bundle's weights have this SHA-256.")
  private @Nullable String sha256;

  @Override
  public Integer call() throws IOException {
    if (!(share > 0 && share <= 1)) {
      throw orders.wrong("--share is " + share + ": it must be above 0 and at most 1");
    }
    return orders.give(orders.load(ModelSlotName.SHADOW, name, sha256, share));
  }
}
