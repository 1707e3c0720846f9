/**
 * Model bundles: a preset, its trained weights and the record of the training, as one directory.
 */
@NullMarked
package org.perceiveir.model.bundle;

import org.jspecify.annotations.NullMarked;
