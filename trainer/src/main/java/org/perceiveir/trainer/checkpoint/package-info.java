/** The whole state of a training in one file, from which it goes on exactly. */
@NullMarked
package org.perceiveir.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
