package org.perceiveir.cli.demo;

import java.util.Map;

/** When the frames of a demo leave, and as what. Used by one thread. */
interface Traffic {

  /**
   * The interval before a frame in milliseconds.
   *
   * @param frame its number over all sources, from 0
   * @param onTheirWay frames that have no outcome yet
   */
  double next(int frame, int onTheirWay);

  /** Whether a frame must wait for others to arrive, because so many are on their way. */
  boolean mustWait(int frame, int onTheirWay);

  /**
   * What a source sends in place of a frame.
   *
   * @param source its number, from 0
   * @param index number of the frame in its source, from 0
   * @param png the frame
   */
  default byte[] send(int source, int index, byte[] png) {
    return png;
  }

  /** Headers of the records of a source. */
  default Map<String, String> headers(int source) {
    return Map.of();
  }
}
