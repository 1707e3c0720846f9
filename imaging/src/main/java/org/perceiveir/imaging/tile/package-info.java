/** Tile geometry: cutting an image into overlapping tiles of one size and blending them again. */
@NullMarked
package org.perceiveir.imaging.tile;

import org.jspecify.annotations.NullMarked;
