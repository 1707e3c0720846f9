/** Time limits of Kafka's clients, derived from the measured speed of the network. */
@NullMarked
package org.perceiveir.streams.limits;

import org.jspecify.annotations.NullMarked;
