/** The quality perceiver: image to probabilities of quality tiers (stage 1 of the paper, eq. 1). */
@NullMarked
package org.perceiveir.model.perceiver;

import org.jspecify.annotations.NullMarked;
