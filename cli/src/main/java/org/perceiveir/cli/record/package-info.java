/** Restored frames from their topic into a video or a folder. */
@NullMarked
package org.perceiveir.cli.record;

import org.jspecify.annotations.NullMarked;
