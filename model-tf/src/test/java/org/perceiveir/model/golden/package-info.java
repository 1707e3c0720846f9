/** Reference numbers made by third-party code. */
@NullMarked
package org.perceiveir.model.golden;

import org.jspecify.annotations.NullMarked;
