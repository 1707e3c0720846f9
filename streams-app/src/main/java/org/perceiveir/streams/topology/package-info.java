/** From a degraded frame to its outcome: reading, restoring, dead letters, telemetry. */
@NullMarked
package org.perceiveir.streams.topology;

import org.jspecify.annotations.NullMarked;
