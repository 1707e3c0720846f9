package org.perceiveir.trainer.evaluation;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.perceiveir.imaging.metric.Uciqe;

/** The catalogue of figures that an evaluation can give. */
public enum Metric {
  /** Peak signal-to-noise ratio over the three channels. */
  PSNR("psnr", "psnrDb", "PSNR dB", "PSNR over RGB, range 255", true, 1, 2, 3),
  /** Structural similarity as the all-in-one restoration papers report it. */
  SSIM(
      "ssim",
      "ssim",
      "SSIM",
      "SSIM as scikit-image (7x7 uniform window, sample covariance)",
      true,
      7,
      4,
      5),
  /** Structural similarity with its authors' window. */
  SSIM_GAUSSIAN(
      "ssim-gaussian",
      "ssimGaussian",
      "SSIM (Gaussian)",
      "SSIM (Gaussian) with an 11x11 window of sigma 1.5",
      true,
      11,
      4,
      5),
  /** PSNR of the deraining and super-resolution literature. */
  PSNR_Y(
      "psnr-y",
      "psnrYDb",
      "PSNR-Y dB",
      "PSNR-Y on luma (BT.601, 16..235), not comparable with RGB",
      true,
      1,
      2,
      3),
  /** SSIM of the deraining and super-resolution literature. */
  SSIM_Y(
      "ssim-y",
      "ssimY",
      "SSIM-Y",
      "SSIM-Y on luma (BT.601, 16..235) with an 11x11 Gaussian window",
      true,
      11,
      4,
      5),
  /** Learned perceptual distance; which trunk, the protocol says. */
  LPIPS("lpips", "lpips", "LPIPS", "LPIPS 0.1 (lower is better)", true, 31, 4, 5),
  /** {@link Uciqe.Variant#JOU}. */
  UCIQE_JOU("uciqe-jou", "uciqeJou", "UCIQE", "UCIQE as JOU-UIP/UCIQE computes it", false, 1, 4, 5),
  /** {@link Uciqe.Variant#LAB_8BIT}. */
  UCIQE_LAB8(
      "uciqe-lab8",
      "uciqeLab8",
      "UCIQE (lab8)",
      "UCIQE (lab8) on OpenCV's 8-bit Lab",
      false,
      1,
      4,
      5),
  /** {@link Uciqe.Variant#LAB_FLOAT}. */
  UCIQE_FLOAT(
      "uciqe-float",
      "uciqeFloat",
      "UCIQE (float)",
      "UCIQE (float) on CIE Lab in floating point",
      false,
      8,
      4,
      5),
  /** UIQM at the image's own size. */
  UIQM(
      "uiqm",
      "uiqm",
      "UIQM",
      "UIQM as FUnIE-GAN computes it, at the image's size",
      false,
      10,
      3,
      5),
  /** UIQM as the authors of the utility report it. */
  UIQM_256(
      "uiqm-256",
      "uiqm256",
      "UIQM (256)",
      "UIQM (256) as FUnIE-GAN computes it, resized to 256x256",
      false,
      1,
      3,
      5);

  private final String id;
  private final String key;
  private final String title;
  private final String definition;
  private final boolean needsTruth;
  private final int smallestSide;
  private final int decimals;
  private final int jsonDecimals;

  Metric(
      String id,
      String key,
      String title,
      String definition,
      boolean needsTruth,
      int smallestSide,
      int decimals,
      int jsonDecimals) {
    this.id = id;
    this.key = key;
    this.title = title;
    this.definition = definition;
    this.needsTruth = needsTruth;
    this.smallestSide = smallestSide;
    this.decimals = decimals;
    this.jsonDecimals = jsonDecimals;
  }

  /** The name on command lines, for instance {@code psnr-y}. */
  public String id() {
    return id;
  }

  /** The name in JSON, with its unit, for instance {@code psnrYDb}. */
  public String key() {
    return key;
  }

  /** The head of a column. */
  public String title() {
    return title;
  }

  /** How it is computed, for the protocol beside a figure. */
  public String definition() {
    return definition;
  }

  /** Whether it compares with the truth; the others look at an image alone. */
  public boolean needsTruth() {
    return needsTruth;
  }

  /** Both sides of an image need as many pixels. */
  public int smallestSide() {
    return smallestSide;
  }

  /** Digits behind the point in a table. */
  public int decimals() {
    return decimals;
  }

  int jsonDecimals() {
    return jsonDecimals;
  }

  /**
   * The metric with this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists the known ids
   */
  public static Metric fromId(String id) {
    for (Metric metric : values()) {
      if (metric.id.equals(id)) {
        return metric;
      }
    }
    throw new IllegalArgumentException(
        "unknown metric '"
            + id
            + "': choose of "
            + Arrays.stream(values()).map(Metric::id).collect(Collectors.joining(", ")));
  }
}
