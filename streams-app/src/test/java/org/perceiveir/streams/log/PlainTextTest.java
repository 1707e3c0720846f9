package org.perceiveir.streams.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTextTest {

  /** A dead letter that clears the operator's screen, or forges the line after it. */
  @Test
  void shouldEscapeWhatCouldSteerATerminal() {
    assertThat(PlainText.of("a\u001b[2Jb\r\n\u007f\u009b"))
        .isEqualTo("a\\u001b[2Jb\\u000d\\u000a\\u007f\\u009b");
    assertThat(PlainText.of("x\u202egnp.exe\u2028\u200b"))
        .isEqualTo("x\\u202egnp.exe\\u2028\\u200b");
    assertThat(PlainText.of("\ud800")).isEqualTo("\\ud800");
    assertThat(PlainText.of("\udb40\udc41")).isEqualTo("\\udb40\\udc41");
  }

  @Test
  void shouldLeaveNamesOfAnyLanguageAsTheyAre() {
    assertThat(PlainText.of("Kamera-süd 北门 🎥 ~")).isEqualTo("Kamera-süd 北门 🎥 ~");
  }

  @Test
  void shouldCutWhatIsLongAndSayHowMuchIsLeftOut() {
    assertThat(PlainText.of("abcdef", 4)).isEqualTo("abcd... (2 more)");
    assertThat(PlainText.of("abc🎥def", 4)).isEqualTo("abc... (5 more)");
    assertThat(PlainText.of("k".repeat(5_000).getBytes(UTF_8)))
        .hasSizeLessThan(300)
        .endsWith("(5000 bytes)");
    assertThat(PlainText.of((byte[]) null)).isEqualTo("(null)");
  }

  @Test
  void shouldDumpBytesAsHexadecimalAndAscii() {
    byte[] bytes = "\u0000\u001bPNG and some more bytes".getBytes(UTF_8);

    assertThat(PlainText.dump(bytes, 18, "  ").lines())
        .containsExactly(
            "  0000  00 1b 50 4e 47 20 61 6e 64 20 73 6f 6d 65 20 6d  ..PNG and some m",
            "  0010  6f 72                                            or");
    assertThat(PlainText.dump(new byte[0], 18, "  ")).isEmpty();
  }
}
