package org.perceiveir.streams.pass;

import org.perceiveir.model.session.Restorer;

/**
 * Which network, and where it ran.
 *
 * @param bundle name of the bundle
 * @param version version of the bundle
 * @param device for instance {@code cpu} or {@code gpu:0}
 */
public record ModelIdentity(String bundle, String version, String device) {
  /** The identity of a restorer. */
  public static ModelIdentity of(Restorer restorer) {
    return new ModelIdentity(restorer.bundleName(), restorer.bundleVersion(), restorer.device());
  }

  @Override
  public String toString() {
    return bundle + " " + version + " on " + device;
  }
}
