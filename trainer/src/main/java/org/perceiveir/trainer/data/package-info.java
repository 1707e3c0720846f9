/** Clean photographs in memory and the training batches made from them, step by step. */
@NullMarked
package org.perceiveir.trainer.data;

import org.jspecify.annotations.NullMarked;
