package org.perceiveir.trainer.data.layout;

/**
 * Something about a data set that its user should know.
 *
 * @param kind what it is
 * @param subject the file or folder
 * @param what what is the matter with it, and the remedy where there is one
 */
public record Finding(Kind kind, String subject, String what) {

  /** What can be found. */
  public enum Kind {
    /** A folder is not there: the set cannot be used. */
    MISSING,
    /** There are files, but nothing that can be used. */
    EMPTY,
    /** A damaged image without truth, or a truth without damaged image. */
    UNPAIRED,
    /** Several files that could be the same one's truth. */
    AMBIGUOUS,
    /** The two images of a pair have different sizes. */
    SIZES_DIFFER,
    /** A side is smaller than the largest training crop. */
    TOO_SMALL,
    /** The file is no image that can be decoded. */
    UNREADABLE,
    /** Image files of a format that is not read. */
    OTHER_FORMAT,
    /** More or fewer images than the published set has. */
    COUNT,
    /** A restorer's output that is not there, or does not fit its input. */
    NEGATIVE,
    /** The same bytes as an image of another set. */
    DUPLICATE;

    /** Whether the set is of no use. */
    public boolean isFatal() {
      return this == MISSING || this == EMPTY;
    }
  }
}
