/** W3C trace context: from the headers of a frame's input record to those of its results. */
@NullMarked
package org.perceiveir.streams.trace;

import org.jspecify.annotations.NullMarked;
