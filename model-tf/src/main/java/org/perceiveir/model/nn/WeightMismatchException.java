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
        summary(problems.size())
            + " the network: "
            + String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())))
            + (problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : ""));
    this.problems = List.copyOf(problems);
  }

  /**
   * How many tensors do not fit, in words that an object follows: {@code 1 tensor does not fit}.
   */
  public String summary() {
    return summary(problems.size());
  }

  private static String summary(int count) {
    return count == 1 ? "1 tensor does not fit" : count + " tensors do not fit";
  }

  /** One line for each tensor that does not fit. */
  public List<String> problems() {
    return problems;
  }
}
