/**
 * What a user sets: the keys of the service, their limits, and the reference table made from them.
 */
@NullMarked
package org.perceiveir.streams.config;

import org.jspecify.annotations.NullMarked;
