/** The live page of the demo: a small HTTP server on localhost with server-sent events. */
@NullMarked
package org.perceiveir.cli.page;

import org.jspecify.annotations.NullMarked;
