/** Pictures side by side in one picture, to be looked at. */
@NullMarked
package org.perceiveir.imaging.sheet;

import org.jspecify.annotations.NullMarked;
