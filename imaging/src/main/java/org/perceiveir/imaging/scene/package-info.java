/**
 * Self-drawn moving pictures: clean frames of known truth for the demo and for tests, without a
 * file or a camera.
 */
@NullMarked
package org.perceiveir.imaging.scene;

import org.jspecify.annotations.NullMarked;
