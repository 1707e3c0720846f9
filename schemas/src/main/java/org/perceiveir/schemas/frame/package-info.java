/** Views on the generated records in the words of the field. */
@NullMarked
package org.perceiveir.schemas.frame;

import org.jspecify.annotations.NullMarked;
