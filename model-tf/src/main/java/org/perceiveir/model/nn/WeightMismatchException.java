package org.perceiveir.model.nn;

import java.util.List;

/** Weights that do not fit a network; lists every missing, unexpected and misshaped tensor. */
public final class WeightMismatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 20;

  private final transient List<String> problems;

  /**
   * An error about these tensors.
   *
   * @param problems one line for each tensor that does not fit
   */
  public WeightMismatchException(List<String> problems) {
    super(
        problems.size()
            + " tensors do not fit the network: "
            + String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())))
            + (problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : ""));
    this.problems = List.copyOf(problems);
  }

  /** One line for each tensor that does not fit. */
  public List<String> problems() {
    return problems;
  }
}
