/** The Perceive-IR restoration network, assembled from a preset. */
@NullMarked
package org.perceiveir.model.network;

import org.jspecify.annotations.NullMarked;
