/** Looking at the records of a topic: decoded by the schema of their writer, safe to print. */
@NullMarked
package org.perceiveir.streams.inspect;

import org.jspecify.annotations.NullMarked;
