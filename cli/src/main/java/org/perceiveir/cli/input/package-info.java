/** The image files that a command is given. */
@NullMarked
package org.perceiveir.cli.input;

import org.jspecify.annotations.NullMarked;
