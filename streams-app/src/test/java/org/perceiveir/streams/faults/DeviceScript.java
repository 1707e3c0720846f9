package org.perceiveir.streams.faults;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the simulated device of a service process behaves. Frames are counted from the first that is
 * not of the warm-up's size.
 *
 * @param passMs time of one pass, whatever its size
 * @param frameMs time that each frame of a pass adds
 * @param badPerMille frames that no pass can restore, chosen by their pixels
 * @param flakyPerMille passes of several frames that fail though each of their frames is sound
 * @param lostAfter frames after which the device is lost; -1 for never
 * @param stallAfter frames after which one pass takes {@code stallMs} longer; -1 for never
 * @param stallMs how long that pass takes
 * @param slowFrom first frame of a stretch in which every pass takes {@code slowFactor} times as
 *     long; -1 for none
 * @param slowTo first frame after it
 * @param slowFactor how much longer
 */
record DeviceScript(
    double passMs,
    double frameMs,
    int badPerMille,
    int flakyPerMille,
    long lostAfter,
    long stallAfter,
    long stallMs,
    long slowFrom,
    long slowTo,
    int slowFactor) {

  /** A sound device: 5 ms a pass and 0.5 ms a frame, about what a small GPU takes. */
  static DeviceScript sound() {
    return new DeviceScript(5, 0.5, 0, 0, -1, -1, 0, -1, -1, 1);
  }

  DeviceScript withBadFrames(int perMille) {
    return new DeviceScript(
        passMs,
        frameMs,
        perMille,
        flakyPerMille,
        lostAfter,
        stallAfter,
        stallMs,
        slowFrom,
        slowTo,
        slowFactor);
  }

  DeviceScript withFlakyPasses(int perMille) {
    return new DeviceScript(
        passMs,
        frameMs,
        badPerMille,
        perMille,
        lostAfter,
        stallAfter,
        stallMs,
        slowFrom,
        slowTo,
        slowFactor);
  }

  DeviceScript lostAfter(long frames) {
    return new DeviceScript(
        passMs,
        frameMs,
        badPerMille,
        flakyPerMille,
        frames,
        stallAfter,
        stallMs,
        slowFrom,
        slowTo,
        slowFactor);
  }

  DeviceScript stalledAfter(long frames, long millis) {
    return new DeviceScript(
        passMs,
        frameMs,
        badPerMille,
        flakyPerMille,
        lostAfter,
        frames,
        millis,
        slowFrom,
        slowTo,
        slowFactor);
  }

  DeviceScript slowBetween(long from, long to, int factor) {
    return new DeviceScript(
        passMs,
        frameMs,
        badPerMille,
        flakyPerMille,
        lostAfter,
        stallAfter,
        stallMs,
        from,
        to,
        factor);
  }

  /** Whether no pass can restore a frame with these pixels. */
  boolean isBad(byte[] rgb) {
    return Math.floorMod(Arrays.hashCode(rgb) * 0x9E3779B9, 1000) < badPerMille;
  }

  /** As one argument of a command line. */
  String toArgument() {
    List<String> parts = new ArrayList<>();
    for (Number part :
        List.of(
            passMs,
            frameMs,
            badPerMille,
            flakyPerMille,
            lostAfter,
            stallAfter,
            stallMs,
            slowFrom,
            slowTo,
            slowFactor)) {
      parts.add(part.toString());
    }
    return String.join(",", parts);
  }

  /** Reads what {@link #toArgument} wrote. */
  static DeviceScript parse(String argument) {
    String[] parts = argument.split(",", -1);
    return new DeviceScript(
        Double.parseDouble(parts[0]),
        Double.parseDouble(parts[1]),
        Integer.parseInt(parts[2]),
        Integer.parseInt(parts[3]),
        Long.parseLong(parts[4]),
        Long.parseLong(parts[5]),
        Long.parseLong(parts[6]),
        Long.parseLong(parts[7]),
        Long.parseLong(parts[8]),
        Integer.parseInt(parts[9]));
  }
}
