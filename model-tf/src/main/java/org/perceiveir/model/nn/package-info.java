/** Parameters, layers and blocks of the restoration networks as TensorFlow graphs. */
@NullMarked
package org.perceiveir.model.nn;

import org.jspecify.annotations.NullMarked;
