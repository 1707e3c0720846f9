/** What watches a training: progress line and log, kept out of the loop. */
@NullMarked
package org.perceiveir.trainer.listener;

import org.jspecify.annotations.NullMarked;
