/**
 * What happens to frames on the device: the perceiver judges them, the route follows from its tier,
 * one of the networks restores them.
 */
@NullMarked
package org.perceiveir.streams.pass;

import org.jspecify.annotations.NullMarked;
