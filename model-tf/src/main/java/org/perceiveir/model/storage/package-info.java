/**
 * Directories of a description in JSON and weights: read with their hashes checked, replaced as a
 * whole.
 */
@NullMarked
package org.perceiveir.model.storage;

import org.jspecify.annotations.NullMarked;
