package org.perceiveir.streams.config;

import java.util.Locale;

/** How restored pixels are encoded. */
public enum OutputEncoding {
  /** As the input frame was. */
  SAME,
  /** Lossless PNG. */
  PNG,
  /** JPEG of quality 95. */
  JPEG,
  /** Raw bytes, three a pixel. */
  RGB8;

  /** The word used in the configuration. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static OutputEncoding fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
