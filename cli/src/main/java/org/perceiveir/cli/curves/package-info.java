/** Pictures of how trainings went. */
@NullMarked
package org.perceiveir.cli.curves;

import org.jspecify.annotations.NullMarked;
