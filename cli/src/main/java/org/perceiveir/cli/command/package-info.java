/** The subcommands of {@code ./perceive}, one class each. */
@NullMarked
package org.perceiveir.cli.command;

import org.jspecify.annotations.NullMarked;
