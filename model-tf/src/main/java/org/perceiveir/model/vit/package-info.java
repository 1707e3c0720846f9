/**
 * What the vision transformers of CLIP and DINOv2 have in common: blocks, patch and position
 * embedding, and reading state dicts in more than one naming.
 */
@NullMarked
package org.perceiveir.model.vit;

import org.jspecify.annotations.NullMarked;
