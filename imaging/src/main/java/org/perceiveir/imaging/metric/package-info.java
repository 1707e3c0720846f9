/** Image quality: PSNR and SSIM against a known truth, UCIQE and UIQM without one. */
@NullMarked
package org.perceiveir.imaging.metric;

import org.jspecify.annotations.NullMarked;
