/** What a network costs: parameters, multiply-accumulates and activation memory, by module. */
@NullMarked
package org.perceiveir.model.cost;

import org.jspecify.annotations.NullMarked;
