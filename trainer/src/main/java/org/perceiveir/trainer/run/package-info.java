/** The loop that every training runs in: checkpoints, limits, stops, validation, records. */
@NullMarked
package org.perceiveir.trainer.run;

import org.jspecify.annotations.NullMarked;
