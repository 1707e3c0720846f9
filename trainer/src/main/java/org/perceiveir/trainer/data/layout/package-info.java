/** Where the images of a data set lie, and which truth belongs to which damaged image. */
@NullMarked
package org.perceiveir.trainer.data.layout;

import org.jspecify.annotations.NullMarked;
