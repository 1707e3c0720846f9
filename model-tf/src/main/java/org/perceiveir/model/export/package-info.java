/** Bundles in the formats of others: SavedModel for serving, safetensors for PyTorch. */
@NullMarked
package org.perceiveir.model.export;

import org.jspecify.annotations.NullMarked;
