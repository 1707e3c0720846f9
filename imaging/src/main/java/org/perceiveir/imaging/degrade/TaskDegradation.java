package org.perceiveir.imaging.degrade;

/**
 * One of the degradations that the all-in-one network is trained on and that figures are reported
 * for one by one.
 */
public sealed interface TaskDegradation extends Degradation
    permits GaussianNoise, Haze, RainStreaks, MotionBlur, LowLight {
  /** The kind of damage. */
  DegradationType type();
}
