/** Who owns native memory, and until when. */
@NullMarked
package org.perceiveir.model.scope;

import org.jspecify.annotations.NullMarked;
