/** Images of medium quality for stage 1: degraded ones, restored by a model that never saw them. */
@NullMarked
package org.perceiveir.trainer.mediocre;

import org.jspecify.annotations.NullMarked;
