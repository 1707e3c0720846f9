package org.perceiveir.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypedCommandTest {

  @ParameterizedTest
  @CsvSource({
    "/home/ann/photos/bsd400, bsd400",
    "--data=/home/ann/photos/bsd400/, --data=bsd400",
    "--max-steps=100, --max-steps=100",
    "cbsd68=/home/ann/photos/CBSD68, cbsd68=CBSD68",
    "losses.perceiver=/home/ann/p/bundle, losses.perceiver=bundle",
    "noise=2;haze=1, noise=2;haze=1",
    "64:0.6, 64:0.6",
    "--resume, --resume"
  })
  void shouldKeepOnlyTheLastNameWhenAnArgumentIsAPath(String typed, String recorded) {
    assertThat(TypedCommand.withoutFolders(typed)).isEqualTo(recorded);
  }
}
