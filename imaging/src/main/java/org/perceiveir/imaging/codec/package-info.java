/** Encoded images: header checks before any pixel is decoded, decoding with limits, encoding. */
@NullMarked
package org.perceiveir.imaging.codec;

import org.jspecify.annotations.NullMarked;
