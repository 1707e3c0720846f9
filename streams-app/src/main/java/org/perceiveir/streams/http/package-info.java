/** The HTTP server for metrics, health and whatever else an operator looks at. */
@NullMarked
package org.perceiveir.streams.http;

import org.jspecify.annotations.NullMarked;
