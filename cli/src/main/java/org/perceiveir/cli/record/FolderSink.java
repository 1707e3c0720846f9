package org.perceiveir.cli.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.streams.inspect.FileNames;

/** Into a folder, each frame a file as it was encoded: {@code 000017-SOURCE-EPOCH-SEQUENCE.png}. */
final class FolderSink implements RecordSink {
  private final Path folder;
  private int written;

  FolderSink(Path folder) {
    this.folder = folder;
  }

  @Override
  public void write(RecordedFrame frame, LongSupplier timeMicros) throws IOException {
    String name =
        String.format(
            Locale.ROOT,
            "%06d-%s-%d-%d.%s",
            written,
            FileNames.part(frame.identity().getSourceId()),
            frame.identity().getStreamEpoch(),
            frame.identity().getSequence(),
            frame.extension());
    byte[] content = frame.file();
    // Names keep the order; the clock counts for the summary.
    var unused = timeMicros.getAsLong();
    WholeFile.write(folder.resolve(name), content);
    written++;
  }

  @Override
  public void close() {}
}
