/** The terms of the restoration loss (eqs. 9 to 13), their settings and what they lean on. */
@NullMarked
package org.perceiveir.trainer.loss;

import org.jspecify.annotations.NullMarked;
