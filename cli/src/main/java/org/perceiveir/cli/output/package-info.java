/** What commands leave on the disk. */
@NullMarked
package org.perceiveir.cli.output;

import org.jspecify.annotations.NullMarked;
