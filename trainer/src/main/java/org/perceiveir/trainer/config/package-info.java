/** Configuration files that are read strictly: what nobody asked for is refused. */
@NullMarked
package org.perceiveir.trainer.config;

import org.jspecify.annotations.NullMarked;
