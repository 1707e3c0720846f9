package org.perceiveir.streams.control;

import java.util.List;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;

/**
 * What one instance answered to an order.
 *
 * @param instance its name
 * @param statuses its answers, by slot; empty if there was none
 * @param complete whether it has answered for every slot that was asked for
 */
public record InstanceAnswer(String instance, List<ModelStatus> statuses, boolean complete) {
  /** Whether it answered, and every slot holds what was ordered. */
  public boolean succeeded() {
    return complete && statuses.stream().noneMatch(s -> s.getState() == ModelState.FAILED);
  }
}
