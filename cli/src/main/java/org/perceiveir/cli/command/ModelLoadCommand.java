package org.perceiveir.cli.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ModelSlotName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./perceive model load}. */
@Command(
    name = "load",
    description = {
      "Lets every running instance use another bundle, without a pause.",
      "The order stays: instances that start later obey it too, until the next load or unload.",
      "Ends with 1 if an instance refuses or does not answer; one that refuses keeps what it has."
    })
public final class ModelLoadCommand implements Callable<Integer> {
  @Mixin private ModelOrderOptions orders;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The bundle: name of its directory in models.directory of the instances.")
  private String name;

  @Option(
      names = "--slot",
      paramLabel = "full|light",
      defaultValue = "full",
      description = "Which bundle is replaced. Default: ${DEFAULT-VALUE}.")
  private ModelSlotName slot;

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "Only if the bundle's weights have this SHA-256.")
  private @Nullable String sha256;

  @Override
  public Integer call() throws IOException {
    if (slot == ModelSlotName.SHADOW) {
      throw orders.wrong("--slot shadow: give the candidate with ./perceive model shadow");
    }
    return orders.give(orders.load(slot, name, sha256, null));
  }
}
