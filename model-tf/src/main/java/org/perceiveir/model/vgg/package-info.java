/** VGG-16, the frozen network whose features a perceptual loss compares. */
@NullMarked
package org.perceiveir.model.vgg;

import org.jspecify.annotations.NullMarked;
