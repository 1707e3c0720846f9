package org.perceiveir.cli.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.perceiveir.streams.control.ModelOrders;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./perceive model status}. */
@Command(
    name = "status",
    description = {
      "Asks every running instance which bundles it holds, on which device, and how fast they are.",
      "Ends with 1 if an instance does not answer, or has refused the last order for a slot."
    })
public final class ModelStatusCommand implements Callable<Integer> {
  @Mixin private ModelOrderOptions orders;

  @Override
  public Integer call() throws IOException {
    return orders.give(ModelOrders.status());
  }
}
