/** Orders for the models of a running service, and the answers of its instances. */
@NullMarked
package org.perceiveir.streams.control;

import org.jspecify.annotations.NullMarked;
