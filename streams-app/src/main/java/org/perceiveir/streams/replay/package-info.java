/** Sending input records again, all or none, with their identity kept and the replays counted. */
@NullMarked
package org.perceiveir.streams.replay;

import org.jspecify.annotations.NullMarked;
