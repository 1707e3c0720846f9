/** Semantic guidance: the features of a frozen image encoder that guide the decoder. */
@NullMarked
package org.perceiveir.model.semantic;

import org.jspecify.annotations.NullMarked;
