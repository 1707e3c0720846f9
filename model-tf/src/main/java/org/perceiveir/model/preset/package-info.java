/** Network configurations as data: JSON presets and their checked form. */
@NullMarked
package org.perceiveir.model.preset;

import org.jspecify.annotations.NullMarked;
