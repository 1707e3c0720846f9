/** How often a warning is told. */
@NullMarked
package org.perceiveir.streams.log;

import org.jspecify.annotations.NullMarked;
