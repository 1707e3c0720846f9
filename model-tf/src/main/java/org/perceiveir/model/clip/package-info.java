/**
 * CLIP (Radford et al., arXiv 2103.00020): image encoder, text encoder and tokenizer, for the
 * quality perceiver of eqs. 1 and 9.
 */
@NullMarked
package org.perceiveir.model.clip;

import org.jspecify.annotations.NullMarked;
