/** What the tests of several modules need. */
@NullMarked
package org.perceiveir.testkit;

import org.jspecify.annotations.NullMarked;
