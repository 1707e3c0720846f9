/** Pixels: 8-bit RGB images held in Java arrays. */
@NullMarked
package org.perceiveir.imaging;

import org.jspecify.annotations.NullMarked;
