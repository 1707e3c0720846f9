/** How a long-running command ends, and what it must not leave behind. */
@NullMarked
package org.perceiveir.cli.lifetime;

import org.jspecify.annotations.NullMarked;
