/** The service: warm-up, wiring and life of the stream threads. */
@NullMarked
package org.perceiveir.streams.service;

import org.jspecify.annotations.NullMarked;
