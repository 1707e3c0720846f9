/** LPIPS, the learned perceptual distance of two images. */
@NullMarked
package org.perceiveir.model.lpips;

import org.jspecify.annotations.NullMarked;
