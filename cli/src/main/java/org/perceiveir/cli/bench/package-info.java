/**
 * What {@code ./perceive bench pipeline} measures: the service against the bare network and against
 * a plain loop, and its latency under load; and {@code ./perceive bench model}: the network as it
 * is served against the plain one.
 */
@NullMarked
package org.perceiveir.cli.bench;

import org.jspecify.annotations.NullMarked;
