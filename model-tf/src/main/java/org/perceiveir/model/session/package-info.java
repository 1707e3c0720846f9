/** Restoring frames: the restorer contract and its TensorFlow session. */
@NullMarked
package org.perceiveir.model.session;

import org.jspecify.annotations.NullMarked;
