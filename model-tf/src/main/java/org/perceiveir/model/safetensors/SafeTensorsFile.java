package org.perceiveir.model.safetensors;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * An open safetensors file of which only the header is kept: tensors are read when they are asked
 * for, which is the way to a part of a file that is larger than the heap.
 *
 * <p>Header and size are checked when it is opened. A file that is replaced by a rename afterwards
 * is read on as it was. Not thread-safe.
 */
public final class SafeTensorsFile implements Closeable {
  private final Path path;
  private final FileChannel channel;
  private final long dataStart;
  private final SafeTensors.Header header;

  private SafeTensorsFile(
      Path path, FileChannel channel, long dataStart, SafeTensors.Header header) {
    this.path = path;
    this.channel = channel;
    this.dataStart = dataStart;
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws IOException if the file cannot be read
   * @throws SafeTensorsException if it is not well-formed; the message names the file
   */
  public static SafeTensorsFile open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      SafeTensors.Header header =
          SafeTensors.readHeader(Channels.newInputStream(channel), channel.size());
      return new SafeTensorsFile(path, channel, channel.position(), header);
    } catch (IOException e) {
      channel.close();
      throw e;
    } catch (SafeTensorsException e) {
      channel.close();
      throw new SafeTensorsException(path + ": " + e.getMessage(), e);
    }
  }

  /** Names of the tensors, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.entries().keySet());
  }

  /** The strings of {@code __metadata__}; empty if the file has none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * Reads a tensor as float32, as {@link SafeTensors#floats} does.
   *
   * @throws IOException if the disk fails
   * @throws SafeTensorsException if there is no such tensor, it has another type or the file has
   *     become shorter
   */
  public FloatTensor floats(String name) throws IOException {
    SafeTensors.Entry entry = SafeTensors.entry(header.entries(), name);
    SafeTensors.checkFloating(name, entry);
    channel.position(dataStart + entry.begin());
    return SafeTensors.readFloats(Channels.newInputStream(channel), entry);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return "SafeTensorsFile[" + path + "]";
  }
}
