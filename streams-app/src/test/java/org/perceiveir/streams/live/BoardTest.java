package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.streams.config.LivePageSettings;

/**
 * What the page keeps must stay small whatever producers send, or it would take the service down.
 */
class BoardTest {
  private static final LivePageSettings SETTINGS =
      new LivePageSettings(true, Duration.ofMillis(500), 3, 64);

  private static final long PICTURE_BYTES = 100_000;

  private final Press press = new Press(1 << 20);
  private long nowMs = 1_000_000;
  private boolean watched = true;
  private final Board board =
      new Board(
          SETTINGS,
          () -> Instant.ofEpochMilli(nowMs),
          () -> watched,
          press,
          new Pictures(64, Pictures.MAX_LETTER_PIXELS),
          PICTURE_BYTES);

  private void makePictures() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      press.workFor(0);
    }
  }

  private SourceTile.Seen tile(String name) {
    return board.seen().sources().stream()
        .filter(source -> source.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private PicturePair newest(String name) {
    return Objects.requireNonNull(tile(name).picture());
  }

  @Test
  void shouldGiveUpTheTileOfTheSourceThatIsSilentForLongestWhenTheyAreTooMany() {
    for (String source : List.of("a", "b", "c", "a")) {
      board.ended(Seen.restored(source));
    }
    nowMs += Board.SILENT_MS;
    board.ended(Seen.restored("d"));

    assertThat(board.seen().sources())
        .extracting(SourceTile.Seen::name)
        .containsOnly("c", "a", "d");
    assertThat(board.seen().forgotten()).isEqualTo(1);
    assertThat(board.seen().crowded()).isFalse();
    assertThat(board.seen().totals()[0]).isEqualTo(5);
  }

  /** Sources that took tiles from each other would have new pictures made with every frame. */
  @Test
  void shouldLeaveSourcesThatSendTheirTilesWhenThereAreMoreOfThemThanTiles() throws Exception {
    for (int round = 0; round < 100; round++) {
      for (String source : List.of("a", "b", "c", "d")) {
        board.ended(Seen.restored(source));
      }
      nowMs += 100;
      makePictures();
    }

    assertThat(board.seen().sources())
        .extracting(source -> source.name() + source.id())
        .containsOnly("a1", "b2", "c3");
    assertThat(board.seen().crowded()).isTrue();
    assertThat(board.seen().forgotten()).isZero();
    assertThat(board.seen().totals()[0]).isEqualTo(400);
    // 20 intervals of three sources.
    assertThat(newest("c").id()).isEqualTo(60);
  }

  @Test
  void shouldKeepThePicturesOfAllSourcesWithinTheirBytes() throws Exception {
    PicturePair one = null;
    for (int i = 0; i < 40; i++) {
      board.ended(Seen.restored("a"));
      board.ended(Seen.restored("b"));
      nowMs += 500;
      makePictures();
      one = newest("a");
    }
    Board small =
        new Board(
            SETTINGS,
            () -> Instant.ofEpochMilli(nowMs),
            () -> true,
            press,
            new Pictures(64, 1),
            2 * Objects.requireNonNull(one).bytes());
    for (int i = 0; i < 3; i++) {
      small.ended(Seen.restored("a"));
      small.ended(Seen.restored("b"));
      nowMs += 500;
      makePictures();
    }

    assertThat(LongStream.rangeClosed(1, 6).filter(p -> small.picture(1, p) != null))
        .containsExactly(5L);
    assertThat(LongStream.rangeClosed(1, 6).filter(p -> small.picture(2, p) != null))
        .containsExactly(6L);
  }

  @Test
  void shouldThinAFrameOfAnySizeToWhatHasRoom() throws Exception {
    for (int side : new int[] {100, 129, 255, 256, 257, 511, 700}) {
      RgbImage image = RgbImage.wrap(side, 3, new byte[9 * side]);
      RgbImage thin = new Pictures(64, 1).thinned(image, 600);
      assertThat(thin.width()).as("%d", side).isBetween(1, 128);
      assertThat(thin.rgb().length).as("%d", side).isLessThanOrEqualTo(600);
    }
    board.ended(Seen.restored("a", 480, 480));
    makePictures();

    assertThat(press.dropped()).isZero();
    assertThat(newest("a").width()).isEqualTo(480);
  }

  @Test
  void shouldCountOnWhenTheClockIsSetBack() {
    board.ended(Seen.restored("a"));
    nowMs -= 3_600_000;
    board.ended(Seen.restored("a"));
    nowMs += 2_000;

    assertThat(tile("a").timeline()[57][0]).isEqualTo(1);
    assertThat(tile("a").framesPerSecond()).isEqualTo(0.5);
  }

  @Test
  void shouldForgetTiersThatAreOlderThanItsTimeline() {
    board.ended(Seen.restored("a"));
    assertThat(tile("a").after()).isNotNull();
    nowMs += 1000L * Timeline.SECONDS + 1;
    board.ended(Seen.shed("a"));

    assertThat(tile("a").after()).isNull();
    assertThat(tile("a").before()).isNull();
  }

  /** Two cameras that take turns must not fill the queue of the pictures. */
  @Test
  void shouldLetFewDeadLettersWaitHoweverManyComeFromHoweverMany() throws Exception {
    for (int i = 0; i < 1000; i++) {
      board.ended(Seen.letter("camera-" + i % 40, Seen.png(64, 48), "poison"));
      nowMs += 20;
    }
    makePictures();

    assertThat(board.seen().letters()).hasSize(Board.WAITING_LETTERS);
    nowMs += 1000;
    board.ended(Seen.letter("camera-0", Seen.png(64, 48), "poison"));
    makePictures();
    assertThat(board.seen().letters()).hasSize(Board.WAITING_LETTERS + 1);
  }

  @Test
  void shouldKeepTheNewestPicturesOfASourceOnly() throws Exception {
    for (int i = 0; i < 10; i++) {
      board.ended(Seen.restored("a"));
      nowMs += 500;
      makePictures();
    }

    int id = tile("a").id();
    assertThat(LongStream.rangeClosed(1, 10).filter(p -> board.picture(id, p) != null))
        .containsExactly(7L, 8L, 9L, 10L);
    assertThat(newest("a").id()).isEqualTo(10);
  }

  @Test
  void shouldTakeAPictureOnceInAnIntervalAndSeldomWhenNobodyWatches() throws Exception {
    for (int i = 0; i < 100; i++) {
      board.ended(Seen.restored("a"));
      nowMs += 20;
      makePictures();
    }
    assertThat(newest("a").id()).isEqualTo(4);

    watched = false;
    for (int i = 0; i < 1000; i++) {
      board.ended(Seen.restored("a"));
      nowMs += 20;
      makePictures();
    }
    assertThat(newest("a").id()).isEqualTo(6);
    assertThat(tile("a").outcomes()[0]).isEqualTo(1100);
  }

  /** A page's thread that hangs must cost pictures, not frames and not memory. */
  @Test
  void shouldDropPicturesWhenNobodyMakesThem() throws Exception {
    for (int i = 0; i < 50; i++) {
      board.ended(Seen.restored("a", 200, 200));
      nowMs += 500;
    }

    assertThat(press.dropped()).isEqualTo(50 - (1 << 20) / (6 * 200 * 200));
    makePictures();
    assertThat(newest("a").id()).isEqualTo((1 << 20) / (6 * 200 * 200));
  }

  @Test
  void shouldThinAFrameThatWouldFillTheRoomBeforeItWaits() throws Exception {
    board.ended(Seen.restored("a", 1200, 600));
    makePictures();

    PicturePair pair = newest("a");
    assertThat(press.dropped()).isZero();
    assertThat(pair.width()).isEqualTo(1200);
    RgbImage shown = new ImageDecoder(DecodeLimits.defaults()).decode(pair.degraded());
    assertThat(shown.width()).isEqualTo(64);
    assertThat(shown.height()).isEqualTo(32);
  }

  @Test
  void shouldShowFramesThatWerePassedThroughOnceAndShedOnesNotAtAll() throws Exception {
    board.ended(Seen.passed("a"));
    board.ended(Seen.shed("b"));
    makePictures();

    assertThat(newest("a").restored()).isNull();
    assertThat(tile("b").picture()).isNull();
    assertThat(tile("b").outcomes()[2]).isEqualTo(1);
    assertThat(tile("b").reason()).startsWith("TOO_OLD");
  }

  @Test
  void shouldShowADeadLetterAsAPngOfOurOwnWhenItsPixelsCanBeDecoded() throws Exception {
    byte[] sent = Seen.png(640, 480);
    board.ended(Seen.letter("a", sent, "the frame declares 1x1"));
    makePictures();

    LetterSample sample = board.seen().letters().get(0);
    assertThat(sample.dump()).isNull();
    assertThat(sample.picture()).isNotEqualTo(sent);
    RgbImage shown =
        new ImageDecoder(DecodeLimits.defaults()).decode(Objects.requireNonNull(sample.picture()));
    assertThat(shown.width()).isEqualTo(320);
    assertThat(shown.rgb()[0]).isEqualTo((byte) 128);
  }

  /** A browser's decoder is not to meet what ours refused. */
  @Test
  void shouldShowBytesInHexadecimalWhenTheyAreNoPicture() throws Exception {
    byte[] cut = Arrays.copyOf(Seen.png(64, 48), 60);
    board.ended(Seen.letter("a", cut, "cut"));
    nowMs += 1000;
    board.ended(Seen.letter(null, null, "no \u202eframe"));
    nowMs += 1000;
    board.ended(Seen.letter("a", new byte[1 << 20], "large"));
    makePictures();

    List<LetterSample> letters = board.seen().letters();
    assertThat(letters).hasSize(3).allMatch(letter -> letter.picture() == null);
    assertThat(letters)
        .filteredOn(l -> l.message().equals("cut"))
        .first()
        .satisfies(letter -> assertThat(letter.dump()).startsWith("0000  89 50 4e 47"));
    assertThat(letters)
        .filteredOn(l -> l.message().equals("no \\u202eframe"))
        .first()
        .satisfies(
            letter -> {
              assertThat(letter.source()).isEqualTo("key\\u0007");
              assertThat(letter.dump()).contains("raw value");
            });
    assertThat(letters)
        .filteredOn(l -> l.message().equals("large"))
        .first()
        .satisfies(letter -> assertThat(letter.note()).contains("too large"));
  }

  @Test
  void shouldNotLetOneBadCameraPushTheDeadLettersOfOthersOut() throws Exception {
    board.ended(Seen.letter("quiet", "x".getBytes(UTF_8), "once"));
    for (int i = 0; i < 50; i++) {
      nowMs += 1000;
      board.ended(Seen.letter("loud", "x".getBytes(UTF_8), "again " + i));
      makePictures();
    }
    for (int i = 0; i < 1000; i++) {
      board.ended(Seen.letter("loud", "x".getBytes(UTF_8), "flood"));
    }
    makePictures();

    assertThat(board.seen().letters())
        .hasSize(1 + LetterShelf.OF_ONE)
        .anyMatch(letter -> letter.source().equals("quiet"));
    assertThat(board.seen().totals()[3]).isEqualTo(1051);
    for (int i = 0; i < 50; i++) {
      nowMs += 1000;
      board.ended(Seen.letter("source " + i, "x".getBytes(UTF_8), "one each"));
      makePictures();
    }
    assertThat(board.seen().letters()).hasSize(LetterShelf.MOST);
  }

  @Test
  void shouldCountTiersAndOutcomesSecondBySecond() {
    board.ended(Seen.restored("a"));
    nowMs += 2000;
    board.ended(Seen.shed("a"));
    board.ended(Seen.shed("a"));

    int[][] rows = tile("a").timeline();
    assertThat(rows).hasDimensions(Timeline.SECONDS, Timeline.COLUMNS);
    assertThat(rows[57]).containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    assertThat(rows[58]).containsOnly(0);
    assertThat(rows[59]).containsExactly(0, 0, 2, 0, 0, 0, 0, 0, 0, 0);
    nowMs += 1000L * Timeline.SECONDS;
    assertThat(tile("a").timeline()).isDeepEqualTo(new int[Timeline.SECONDS][Timeline.COLUMNS]);
  }

  @Test
  void shouldMeasureFramesASecondOverTheAgeOfAYoungSource() {
    for (int i = 0; i < 40; i++) {
      board.ended(Seen.restored("a"));
      nowMs += 100;
    }

    assertThat(tile("a").framesPerSecond()).isEqualTo(10);
    nowMs += 20_000;
    assertThat(tile("a").framesPerSecond()).isZero();
  }

  @Test
  void shouldKeepTheLastEventsOnly() {
    for (int i = 0; i < 100; i++) {
      board.note("model", "change " + i);
    }

    assertThat(board.seen().events()).hasSize(Board.EVENTS);
    assertThat(board.seen().events().get(Board.EVENTS - 1).text()).isEqualTo("change 99");
  }
}
