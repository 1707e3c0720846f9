/** Event files that TensorBoard shows. */
@NullMarked
package org.perceiveir.trainer.tensorboard;

import org.jspecify.annotations.NullMarked;
