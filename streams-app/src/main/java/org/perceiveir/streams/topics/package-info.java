/** The topics themselves: creating them and checking that they fit. */
@NullMarked
package org.perceiveir.streams.topics;

import org.jspecify.annotations.NullMarked;
