/** The dead-letter topic read again: counting, showing and replaying what died. */
@NullMarked
package org.perceiveir.streams.letters;

import org.jspecify.annotations.NullMarked;
