/** Resizing of images in the graph as PyTorch does it, and CLIP's preparation of image files. */
@NullMarked
package org.perceiveir.model.resize;

import org.jspecify.annotations.NullMarked;
