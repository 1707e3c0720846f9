/** Resizing of 8-bit images. */
@NullMarked
package org.perceiveir.imaging.resize;

import org.jspecify.annotations.NullMarked;
