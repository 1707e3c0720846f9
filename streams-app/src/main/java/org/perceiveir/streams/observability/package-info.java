/** What a running service shows of itself: metrics, health and traces. */
@NullMarked
package org.perceiveir.streams.observability;

import org.jspecify.annotations.NullMarked;
