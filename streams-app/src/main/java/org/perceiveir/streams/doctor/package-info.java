/** Looks at everything that a service needs, before it is started, and says what to do about it. */
@NullMarked
package org.perceiveir.streams.doctor;

import org.jspecify.annotations.NullMarked;
