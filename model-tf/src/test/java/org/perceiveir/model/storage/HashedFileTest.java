package org.perceiveir.model.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;

class HashedFileTest {
  private static final Map<String, FloatTensor> TENSORS =
      Map.of("w", new FloatTensor(new long[] {2}, new float[] {1.5f, -1}));

  /** Hash of nine bytes of zero: another program made it. */
  private static final String NINE_ZEROS =
      "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d";

  @TempDir private Path temporary;

  private Map<String, FloatTensor> read(HashedFile promised, Path file) throws IOException {
    return promised.readTensors(Files.newByteChannel(file));
  }

  @Test
  void shouldReadBackWhatItWroteUnderTheHashOfTheFile() throws IOException {
    Path file = temporary.resolve("w.safetensors");
    HashedFile written = HashedFile.write(file, TENSORS);

    assertThat(written.bytes()).isEqualTo(Files.size(file));
    assertThat(file).hasDigest("SHA-256", written.sha256());
    assertThat(read(written, file)).isEqualTo(TENSORS);
    assertThatThrownBy(() -> HashedFile.write(file, TENSORS))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void shouldTellOfAnotherFileWhenTheHeaderIsDamagedToo() throws IOException {
    Path file = temporary.resolve("w.safetensors");
    HashedFile written = HashedFile.write(file, TENSORS);
    byte[] bytes = Files.readAllBytes(file);
    bytes[8] = 'x';
    Files.write(file, bytes);

    assertThatThrownBy(() -> read(written, file))
        .isInstanceOf(OtherContentException.class)
        .hasMessageMatching("has " + bytes.length + " bytes with SHA-256 [0-9a-f]{64}");
  }

  @Test
  void shouldNotReserveMemoryForBytesThatTheFileDoesNotHave() throws IOException {
    // A header that asks for 2 GB of floats, more than the heap of this test.
    Path file = temporary.resolve("w.safetensors");
    String header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[530000000],\"data_offsets\":[0,2120000000]}}";
    byte[] json = header.getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = new byte[8 + json.length];
    bytes[0] = (byte) json.length;
    System.arraycopy(json, 0, bytes, 8, json.length);
    Files.write(file, bytes);

    assertThatThrownBy(() -> read(new HashedFile(bytes.length + 2_120_000_000L, ""), file))
        .isInstanceOf(OtherContentException.class)
        .hasMessage("has " + bytes.length + " bytes");
  }

  @Test
  void shouldRefuseThePromisedFileWhenItHoldsNoFloats() throws IOException {
    Path file = temporary.resolve("w.safetensors");
    HashedFile none = new HashedFile(Files.size(Files.write(file, new byte[9])), NINE_ZEROS);

    assertThatThrownBy(() -> read(none, file))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageContaining("header of 0 bytes");
  }
}
