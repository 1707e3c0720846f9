/**
 * Training of the restoration network: configuration, the training graph and the loop around it.
 */
@NullMarked
package org.perceiveir.trainer;

import org.jspecify.annotations.NullMarked;
