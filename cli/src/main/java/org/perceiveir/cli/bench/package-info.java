/**
 * What {@code ./perceive bench pipeline} measures: the service against the bare network and against
 * a plain loop, and its latency under load.
 */
@NullMarked
package org.perceiveir.cli.bench;

import org.jspecify.annotations.NullMarked;
