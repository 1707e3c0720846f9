/** Judging image files. */
@NullMarked
package org.perceiveir.cli.assess;

import org.jspecify.annotations.NullMarked;
