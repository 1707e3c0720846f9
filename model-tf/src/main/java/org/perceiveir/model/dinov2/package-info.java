/** DINOv2 (Oquab et al., arXiv 2304.07193): the frozen encoder of the semantic guidance (eq. 5). */
@NullMarked
package org.perceiveir.model.dinov2;

import org.jspecify.annotations.NullMarked;
