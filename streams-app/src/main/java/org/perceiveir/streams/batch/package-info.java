/** Grouping the frames of several stream threads into passes of the network. */
@NullMarked
package org.perceiveir.streams.batch;

import org.jspecify.annotations.NullMarked;
