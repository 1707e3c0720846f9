/** An in-process Kafka broker and schema registry, for the demo and for tests only. */
@NullMarked
package org.perceiveir.embedded;

import org.jspecify.annotations.NullMarked;
