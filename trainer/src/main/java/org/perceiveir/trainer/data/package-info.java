/** Sets of images, and the training batches and evaluation pairs made from them. */
@NullMarked
package org.perceiveir.trainer.data;

import org.jspecify.annotations.NullMarked;
