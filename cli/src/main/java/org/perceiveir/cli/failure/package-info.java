/** How a command tells the user what went wrong. */
@NullMarked
package org.perceiveir.cli.failure;

import org.jspecify.annotations.NullMarked;
