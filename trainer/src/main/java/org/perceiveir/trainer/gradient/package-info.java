/** The backward pass of a training: all activations kept, or recomputed block by block. */
@NullMarked
package org.perceiveir.trainer.gradient;

import org.jspecify.annotations.NullMarked;
