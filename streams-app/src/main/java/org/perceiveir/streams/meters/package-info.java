/** The catalogue of metrics, and the counters of this process. */
@NullMarked
package org.perceiveir.streams.meters;

import org.jspecify.annotations.NullMarked;
