package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BookStatementTest {
  private static final Books FIRST = new Books(1, 2, 3, 4, 5, 6, 7, 8);
  private static final Books SECOND = new Books(10, 20, 30, 40, 50, 60, 70, 80);

  @Test
  void shouldAddEveryNumberOfTwoBooks() {
    assertThat(FIRST.plus(SECOND)).isEqualTo(new Books(11, 22, 33, 44, 55, 66, 77, 88));
    assertThat(FIRST.plus(Books.NONE)).isEqualTo(FIRST);
  }

  @Test
  void shouldTellThePartOfOneSourceAndKeepWhatMayBeIts() {
    OffsetRange unknown = new OffsetRange(0, 40, 50);
    BookStatement all =
        new BookStatement(
            FIRST.plus(FIRST).plus(SECOND),
            List.of(
                new BookStatement.Line("cam", 0, FIRST),
                new BookStatement.Line("other", 0, SECOND),
                new BookStatement.Line("cam", 1, FIRST)),
            List.of(at("cam", 1), at("other", 2)),
            List.of(at("other", 3), at("cam", 4)),
            List.of(unknown),
            List.of(unknown),
            List.of(unknown),
            true);

    BookStatement part = all.of("cam");

    assertThat(part)
        .isEqualTo(
            new BookStatement(
                FIRST.plus(FIRST),
                List.of(
                    new BookStatement.Line("cam", 0, FIRST),
                    new BookStatement.Line("cam", 1, FIRST)),
                List.of(at("cam", 1)),
                List.of(at("cam", 4)),
                List.of(unknown),
                List.of(unknown),
                List.of(unknown),
                true));
  }

  private static SourceOffsets at(String source, long offset) {
    return new SourceOffsets(source, new OffsetRange(0, offset, offset + 1));
  }

  @Test
  void shouldBeConclusiveOnlyWhenAllWasRead() {
    assertThat(statement(List.of(), true).conclusive()).isTrue();
    assertThat(statement(List.of(), false).conclusive()).isFalse();
    assertThat(statement(List.of(new OffsetRange(0, 1, 2)), true).conclusive()).isFalse();
  }

  private static BookStatement statement(List<OffsetRange> notRead, boolean complete) {
    return new BookStatement(
        Books.NONE, List.of(), List.of(), List.of(), notRead, List.of(), List.of(), complete);
  }

  @Test
  void shouldJoinOffsetsThatFollowEachOtherInOnePartitionAndOfOneSource() {
    List<SourceOffsets> offsets = new ArrayList<>();
    BookStatement.add(offsets, "cam", 0, 5);
    BookStatement.add(offsets, "cam", 0, 6);
    BookStatement.add(offsets, "cam", 0, 7);
    BookStatement.add(offsets, "other", 0, 8);
    BookStatement.add(offsets, "other", 1, 9);
    BookStatement.add(offsets, "other", 1, 11);

    assertThat(offsets)
        .containsExactly(
            new SourceOffsets("cam", new OffsetRange(0, 5, 8)),
            new SourceOffsets("other", new OffsetRange(0, 8, 9)),
            new SourceOffsets("other", new OffsetRange(1, 9, 10)),
            new SourceOffsets("other", new OffsetRange(1, 11, 12)));
    assertThat(offsets.get(0).describe()).isEqualTo("partition 0, offsets 5 to 7 (source cam)");
  }

  @Test
  void shouldCountAndJoinRanges() {
    OffsetRange three = new OffsetRange(0, 5, 8);
    OffsetRange one = new OffsetRange(1, 1, 2);

    assertThat(BookStatement.length(List.of(three, one))).isEqualTo(4);
    assertThat(BookStatement.joined(List.of(three), List.of(one))).containsExactly(three, one);
  }
}
