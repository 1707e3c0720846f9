/** Clients of the topics: settings, the publisher of frames, readers of what came of them. */
@NullMarked
package org.perceiveir.streams.client;

import org.jspecify.annotations.NullMarked;
