/** Training of the restoration network. */
@NullMarked
package org.perceiveir.trainer;

import org.jspecify.annotations.NullMarked;
