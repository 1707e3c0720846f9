/** What the console shows of the libraries' logs. */
@NullMarked
package org.perceiveir.cli.logging;

import org.jspecify.annotations.NullMarked;
