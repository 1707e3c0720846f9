package org.perceiveir.imaging.codec;

import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
import javax.imageio.spi.ImageReaderWriterSpi;

/**
 * The JDK's own readers and writers, by format name.
 *
 * <p>Plug-ins that lie on the class path register themselves with ImageIO and may come first in its
 * list; what decodes bytes of strangers is chosen here and not by what happens to be installed.
 */
final class JdkCodecs {
  private JdkCodecs() {}

  static ImageReader reader(String formatName) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(formatName);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (isJdkOwn(reader.getOriginatingProvider())) {
        return reader;
      }
    }
    throw missing(formatName, "reader");
  }

  static ImageWriter writer(String formatName) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(formatName);
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (isJdkOwn(writer.getOriginatingProvider())) {
        return writer;
      }
    }
    throw missing(formatName, "writer");
  }

  private static boolean isJdkOwn(ImageReaderWriterSpi provider) {
    return provider.getClass().getModule().equals(ImageIO.class.getModule());
  }

  private static IllegalStateException missing(String formatName, String role) {
    return new IllegalStateException(
        "this Java runtime has no "
            + formatName
            + " "
            + role
            + " in its module java.desktop: install a full JDK 17");
  }
}
