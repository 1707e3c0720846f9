/** Stage 1: learning the prompts of the quality tiers (eq. 1), and judging what was learned. */
@NullMarked
package org.perceiveir.trainer.prompt;

import org.jspecify.annotations.NullMarked;
