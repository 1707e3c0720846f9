/** Resizing of images: in the graph as PyTorch does it, on 8-bit pixels as Pillow does it. */
@NullMarked
package org.perceiveir.model.resize;

import org.jspecify.annotations.NullMarked;
