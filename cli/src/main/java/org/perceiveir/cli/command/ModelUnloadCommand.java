package org.perceiveir.cli.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.control.ModelOrders;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./perceive model unload}. */
@Command(
    name = "unload",
    description = {
      "Lets every running instance go back to the bundle of its configuration, or ends the shadow.",
      "Ends with 1 if an instance refuses or does not answer; one that refuses keeps what it has."
    })
public final class ModelUnloadCommand implements Callable<Integer> {
  @Mixin private ModelOrderOptions orders;

  @Option(
      names = "--slot",
      paramLabel = "full|light|shadow",
      defaultValue = "full",
      description = "Which bundle. Default: ${DEFAULT-VALUE}.")
  private ModelSlotName slot;

  @Override
  public Integer call() throws IOException {
    return orders.give(ModelOrders.unload(slot));
  }
}
