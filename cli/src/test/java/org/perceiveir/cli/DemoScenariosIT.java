package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the demo does wrong on purpose, and that the books balance all the same. */
class DemoScenariosIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private JsonNode demo(String scenario, int frames, String... more) throws IOException {
    Path report = directory.resolve(scenario + ".json");
    List<String> args =
        new ArrayList<>(
            List.of(
                "demo",
                "--headless",
                "--scenario",
                scenario,
                "--frames",
                Integer.toString(frames),
                "--bundle",
                Path.of("..", "models", "compact").toString(),
                "--report",
                report.toString()));
    args.addAll(List.of(more));
    CommandLineRun run = CommandLineRun.of(args.toArray(new String[0]));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = JSON.readTree(report.toFile());
    assertThat(json.at("/frames/received").asInt()).isEqualTo(frames);
    assertThat(json.at("/balanced").asBoolean()).isTrue();
    return json;
  }

  @Test
  void shouldDeadLetterWhatABadCameraSendsAndRestoreTheRest() throws IOException {
    JsonNode json = demo("poison", 18, "--sources", "2");

    assertThat(json.at("/frames/deadLettered").asInt()).isEqualTo(3);
    assertThat(json.at("/frames/restored").asInt()).isEqualTo(15);
    assertThat(json.at("/deadLetterReasons/IMAGE_UNKNOWN_FORMAT").asInt()).isEqualTo(1);
  }

  @Test
  void shouldExchangeTheModelAndBackWhileFramesFlow() throws IOException {
    JsonNode json = demo("swap", 40);

    assertThat(json.at("/frames/restored").asInt()).isEqualTo(40);
    assertThat(json.at("/byModel").properties())
        .hasSize(2)
        .anyMatch(model -> model.getKey().startsWith("compact-next 1+"))
        .anyMatch(model -> model.getKey().startsWith("compact 1+"));
  }

  @Test
  void shouldShedWhatIsTooOldInAnOverloadAndNothingElse() throws IOException {
    JsonNode json = demo("overload", 60, "--sources", "4");

    int restored = json.at("/frames/restored").asInt();
    assertThat(restored).isBetween(20, 59);
    assertThat(json.at("/frames/shed").asInt()).isEqualTo(60 - restored);
  }
}
