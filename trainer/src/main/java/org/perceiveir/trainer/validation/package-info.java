/** Measures a network while it is trained, on images that it is not trained on. */
@NullMarked
package org.perceiveir.trainer.validation;

import org.jspecify.annotations.NullMarked;
