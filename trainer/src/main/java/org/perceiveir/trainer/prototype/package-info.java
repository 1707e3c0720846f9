/**
 * Labelled prototypes of Z: made from degraded photographs, and how well they tell degradations.
 */
@NullMarked
package org.perceiveir.trainer.prototype;

import org.jspecify.annotations.NullMarked;
