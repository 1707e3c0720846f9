/** Measures a restorer on clean photographs that are degraded with fixed seeds and strengths. */
@NullMarked
package org.perceiveir.trainer.evaluation;

import org.jspecify.annotations.NullMarked;
