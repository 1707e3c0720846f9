/**
 * The service under faults: seeded scenarios with processes that are killed, stopped and starved,
 * and one checker that counts what came out of them.
 */
@NullMarked
package org.perceiveir.streams.faults;

import org.jspecify.annotations.NullMarked;
