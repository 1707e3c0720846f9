/** Image quality against a known truth: PSNR and SSIM. */
@NullMarked
package org.perceiveir.imaging.metric;

import org.jspecify.annotations.NullMarked;
