/** Sending input records again, all or none, with their identity kept and the attempt counted. */
@NullMarked
package org.perceiveir.streams.replay;

import org.jspecify.annotations.NullMarked;
