/** How an evaluation is shown: tables with the paper's figures, and a sheet of pictures. */
@NullMarked
package org.perceiveir.cli.evaluate;

import org.jspecify.annotations.NullMarked;
