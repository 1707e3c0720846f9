/** The books: telemetry against the offsets of the input topic. */
@NullMarked
package org.perceiveir.streams.books;

import org.jspecify.annotations.NullMarked;
