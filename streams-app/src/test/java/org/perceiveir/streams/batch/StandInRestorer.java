package org.perceiveir.streams.batch;

import org.perceiveir.model.session.Restorer;

/** A restorer without a network: all of it but what it does with frames. */
public abstract class StandInRestorer implements Restorer {
  private final String name;

  /** On the CPU, in version 1. */
  protected StandInRestorer(String name) {
    this.name = name;
  }

  @Override
  public final String bundleName() {
    return name;
  }

  @Override
  public final String bundleVersion() {
    return "1";
  }

  @Override
  public final String device() {
    return "cpu";
  }

  @Override
  public void close() {}
}
