package org.perceiveir.trainer.run;

import java.util.Optional;

/**
 * How a run ended without a failure; checkpoint and bundle are written.
 *
 * @param step steps done over all runs
 * @param paused why it stopped before all steps were done; empty if they are done
 * @param bestStep after how many steps the bundle in {@code best} was made; empty without
 *     validation
 */
public record RunEnd(int step, Optional<String> paused, Optional<Integer> bestStep) {}
