package org.perceiveir.cli.page;

/**
 * One frame before and after the restoration, as the page shows it.
 *
 * @param source number of the source, from 0
 * @param sequence number of the frame within its source, from 0
 * @param degradation id of the degradation, for instance {@code low-light}
 * @param width in pixels
 * @param height in pixels
 * @param psnrDegraded PSNR of the degraded frame against the truth, in dB
 * @param psnrRestored PSNR of the restored frame against the truth, in dB
 * @param latencyMillis from the moment it was sent to the moment it was read back, in milliseconds
 * @param degraded the degraded frame as an encoded image, PNG or JPEG
 * @param restored the restored frame as an encoded image, PNG or JPEG
 */
@SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
public record ShownFrame(
    int source,
    long sequence,
    String degradation,
    int width,
    int height,
    double psnrDegraded,
    double psnrRestored,
    double latencyMillis,
    byte[] degraded,
    byte[] restored) {}
