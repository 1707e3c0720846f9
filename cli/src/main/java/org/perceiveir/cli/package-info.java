/** The root of the command line. */
@NullMarked
package org.perceiveir.cli;

import org.jspecify.annotations.NullMarked;
