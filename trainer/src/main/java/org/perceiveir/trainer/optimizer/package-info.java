/** AdamW with clipping and weight averaging as TensorFlow operations, and its learning rate. */
@NullMarked
package org.perceiveir.trainer.optimizer;

import org.jspecify.annotations.NullMarked;
