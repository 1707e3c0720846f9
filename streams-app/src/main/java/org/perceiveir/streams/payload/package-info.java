/**
 * Claim check: pixels that are stored outside Kafka and referred to by records. What a record says
 * is a stranger's word: where it may point, for how long it may keep us, and how much it may bring
 * is the configuration's.
 */
@NullMarked
package org.perceiveir.streams.payload;

import org.jspecify.annotations.NullMarked;
