package org.perceiveir.streams.pass;

/** A network failed on frames; says which one, for it may be exchanged before anybody is told. */
public final class NetworkFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ModelIdentity model;
  private final RuntimeException failure;

  NetworkFailedException(ModelIdentity model, RuntimeException failure) {
    // The failure is described by whoever tells it: even that may fail.
    super("the network " + model + " failed", failure);
    this.model = model;
    this.failure = failure;
  }

  /** The network. */
  public ModelIdentity model() {
    return model;
  }

  /** What it threw. */
  public RuntimeException failure() {
    return failure;
  }
}
