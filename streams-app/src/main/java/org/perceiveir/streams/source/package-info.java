/** Which source a record belongs to, readable or not. */
@NullMarked
package org.perceiveir.streams.source;

import org.jspecify.annotations.NullMarked;
