/** The live page: what one instance does with the frames of each source, in a browser. */
@NullMarked
package org.perceiveir.streams.live;

import org.jspecify.annotations.NullMarked;
