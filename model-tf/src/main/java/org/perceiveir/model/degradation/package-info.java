/** Which degradation a frame has, told by the vector Z of the compact feature extraction. */
@NullMarked
package org.perceiveir.model.degradation;

import org.jspecify.annotations.NullMarked;
