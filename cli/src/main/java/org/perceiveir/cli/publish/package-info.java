/** Frames on their way into the input topic. */
@NullMarked
package org.perceiveir.cli.publish;

import org.jspecify.annotations.NullMarked;
