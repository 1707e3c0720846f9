/** The streaming service: configuration, topologies and the production entry point. */
@NullMarked
package org.perceiveir.streams;

import org.jspecify.annotations.NullMarked;
