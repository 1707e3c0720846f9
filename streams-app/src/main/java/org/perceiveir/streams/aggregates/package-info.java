/** Telemetry by source and window, and alerts about sources: a second application. */
@NullMarked
package org.perceiveir.streams.aggregates;

import org.jspecify.annotations.NullMarked;
