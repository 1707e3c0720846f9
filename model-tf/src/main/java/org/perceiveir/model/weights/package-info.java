/**
 * Weights that others published: what kind and architecture a state dict is, and how it is kept.
 */
@NullMarked
package org.perceiveir.model.weights;

import org.jspecify.annotations.NullMarked;
