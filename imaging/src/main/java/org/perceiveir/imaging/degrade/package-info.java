/** Degradation models: seeded functions from a clean image to a degraded one of the same size. */
@NullMarked
package org.perceiveir.imaging.degrade;

import org.jspecify.annotations.NullMarked;
