package org.perceiveir.model.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.safetensors.SafeTensorsWriter;

/**
 * What a description promises of a weights file, and the only way to read and write one: in a
 * single pass that hashes the very bytes it uses, with no second copy of the numbers.
 *
 * @param bytes size of the file
 * @param sha256 of its bytes, 64 lower-case hex digits
 */
public record HashedFile(long bytes, String sha256) {

  /**
   * Writes float32 tensors as a new safetensors file.
   *
   * @return size and hash of what was written
   * @throws IOException if the file exists or the disk refuses
   * @throws SafeTensorsException if the tensors do not fit in one file
   */
  public static HashedFile write(Path file, Map<String, FloatTensor> tensors) throws IOException {
    MessageDigest digest = sha256Digest();
    try (OutputStream out =
        new DigestOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), digest)) {
      long bytes = SafeTensorsWriter.write(out, tensors, Map.of());
      return new HashedFile(bytes, HexFormat.of().formatHex(digest.digest()));
    }
  }

  /**
   * Reads the tensors of this file, of which none is handed out unless size and hash are right. It
   * needs a heap of the file's size and a little.
   *
   * @param file at its first byte; read to its end and closed
   * @return float32 tensors by name, sorted and unmodifiable
   * @throws OtherContentException if size or hash differ
   * @throws SafeTensorsException if they do not, but the file holds something else than floats
   * @throws IOException if the disk fails
   */
  public Map<String, FloatTensor> readTensors(SeekableByteChannel file) throws IOException {
    MessageDigest digest = sha256Digest();
    try (InputStream in = new DigestInputStream(Channels.newInputStream(file), digest)) {
      // Before anything is read, so that no more memory is asked for than the file has bytes.
      if (file.size() != bytes) {
        throw new OtherContentException("has " + file.size() + " bytes");
      }
      SafeTensors.Floats read;
      try {
        read = SafeTensors.readFloats(in, bytes);
      } catch (SafeTensorsException e) {
        // Damage is the likely reason, which the hash of the whole file tells.
        in.transferTo(OutputStream.nullOutputStream());
        checkHash(digest);
        throw e;
      }
      checkHash(digest);
      if (!read.others().isEmpty()) {
        throw new SafeTensorsException("tensors " + read.others() + " are no floats");
      }
      return read.tensors();
    }
  }

  private void checkHash(MessageDigest read) throws OtherContentException {
    String found = HexFormat.of().formatHex(read.digest());
    if (!found.equals(sha256)) {
      throw new OtherContentException("has " + bytes + " bytes with SHA-256 " + found);
    }
  }

  /** One hash for two files together: SHA-256 of their hashes, one after the other, in hex. */
  public static String sha256Of(HashedFile first, HashedFile second) {
    byte[] both = (first.sha256 + second.sha256).getBytes(StandardCharsets.US_ASCII);
    return HexFormat.of().formatHex(sha256Digest().digest(both));
  }

  /**
   * One hash of tensors, whatever file they lie in: SHA-256 of the bytes that {@link #write} would
   * write.
   */
  public static String sha256Of(Map<String, FloatTensor> tensors) {
    MessageDigest digest = sha256Digest();
    try {
      SafeTensorsWriter.write(
          new DigestOutputStream(OutputStream.nullOutputStream(), digest), tensors, Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written, so nothing can fail", e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Puts {@code bytes} and {@code sha256} into a description. */
  public void describe(ObjectNode json) {
    json.put("bytes", bytes).put("sha256", sha256);
  }

  /** A new SHA-256 digest, which every Java runtime has. */
  public static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
