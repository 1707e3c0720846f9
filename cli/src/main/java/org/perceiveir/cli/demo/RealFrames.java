package org.perceiveir.cli.demo;

/** Frames that a user gives to the demo in place of drawn scenes. */
interface RealFrames extends AutoCloseable {

  /** What they are, for a line to the user: {@code 12 files}. */
  String label();

  /** Width of the widest frame in pixels. */
  int maxWidth();

  /** Height of the highest frame in pixels. */
  int maxHeight();

  /**
   * The frames of one of several sources, which go round; each source begins at a place of its own.
   *
   * @param source number of the source, from 0
   * @param sources how many there are
   */
  CleanFrames source(int source, int sources);

  /** Ends reading; the frames' sources give none any more. */
  @Override
  void close();
}
