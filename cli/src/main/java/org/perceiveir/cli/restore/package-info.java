/** Restoring image files without Kafka. */
@NullMarked
package org.perceiveir.cli.restore;

import org.jspecify.annotations.NullMarked;
