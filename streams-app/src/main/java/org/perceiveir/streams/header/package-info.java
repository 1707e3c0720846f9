/** Headers of input records: what producers and replays say about a frame beside its bytes. */
@NullMarked
package org.perceiveir.streams.header;

import org.jspecify.annotations.NullMarked;
