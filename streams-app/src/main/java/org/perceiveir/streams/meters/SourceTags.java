package org.perceiveir.streams.meters;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives sources a tag of their own, first come, first served, up to a limit: whoever publishes
 * chooses the names, and each tag is several series for ever. Thread-safe.
 */
final class SourceTags {
  /** Tag of the sources beyond the limit. */
  static final String OTHER = "other";

  /** Tag of records that are no frame. */
  static final String NONE = "none";

  private final int most;
  private final Set<String> own = ConcurrentHashMap.newKeySet();

  /** Tags for at most {@code most} sources, at least 0. */
  SourceTags(int most) {
    this.most = most;
  }

  /**
   * The tag of a source; null for a record that is no frame. A source with the name of one of the
   * two tags has none of its own.
   */
  String of(@Nullable String source) {
    if (source == null) {
      return NONE;
    }
    if (source.equals(OTHER) || source.equals(NONE)) {
      return OTHER;
    }
    return (own.contains(source) || takesOneMore(source)) ? source : OTHER;
  }

  private boolean takesOneMore(String source) {
    if (own.size() >= most) {
      return false;
    }
    synchronized (this) {
      return own.contains(source) || (own.size() < most && own.add(source));
    }
  }
}
