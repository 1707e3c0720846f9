/** Kafka and what belongs to it, for commands that need no cluster of the user's. */
@NullMarked
package org.perceiveir.cli.cluster;

import org.jspecify.annotations.NullMarked;
