/** How often a warning is told, and how text of strangers is shown. */
@NullMarked
package org.perceiveir.streams.log;

import org.jspecify.annotations.NullMarked;
