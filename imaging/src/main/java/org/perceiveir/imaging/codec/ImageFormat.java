package org.perceiveir.imaging.codec;

/** The formats that are read and written; every other one is refused by its first bytes. */
public enum ImageFormat {
  /** JPEG, baseline, extended or progressive, 8 bits a sample, Huffman coded. */
  JPEG,
  /** PNG, every colour type, bit depth and interlacing of the standard. */
  PNG,
  /** Bare pixels: rows from the top, three bytes (R, G, B) a pixel, no header, no padding. */
  RGB8
}
