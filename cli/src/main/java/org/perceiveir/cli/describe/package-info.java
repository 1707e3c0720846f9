/** Reports on what a network costs. */
@NullMarked
package org.perceiveir.cli.describe;

import org.jspecify.annotations.NullMarked;
