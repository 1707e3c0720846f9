package org.perceiveir.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;

/** Types docs/quick-start.md, each command as it stands there, in an empty folder. */
class QuickStartIT {
  private static final String LAUNCHER = "./perceive ";

  /** Its page stays open until Ctrl-C; the same demo without the page is the next command. */
  private static final String WITH_A_PAGE = "./perceive demo";

  @TempDir private Path folder;

  private final List<Process> open = new ArrayList<>();
  private int started;

  private static List<String> commands() {
    return MarkdownPage.all().stream()
        .filter(page -> page.path().equals(Path.of("docs", "quick-start.md")))
        .flatMap(page -> page.code().stream())
        .map(MarkdownPage.Line::text)
        .filter(line -> !line.equals(WITH_A_PAGE))
        .toList();
  }

  @Test
  void shouldLeadFromNothingToRestoredFrames() throws Exception {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    Files.write(
        photos.resolve("a.png"),
        ImageEncoder.encode(SyntheticScene.street(1, 96, 64).frame(0), ImageFormat.PNG));
    List<String> commands = commands();
    assertThat(commands).hasSizeGreaterThan(10);

    try {
      for (String command : commands) {
        type(command);
      }
    } finally {
      // The service first: it commits while there is a broker.
      for (int i = open.size() - 1; i >= 0; i--) {
        open.get(i).destroy();
        open.get(i).waitFor(60, TimeUnit.SECONDS);
        open.get(i).destroyForcibly();
      }
    }
  }

  private void type(String command) throws Exception {
    if (command.equals("mkdir try")) {
      Files.createDirectory(folder.resolve("try"));
    } else if (command.equals("rm -r try")) {
      // All that was made stands there, and is the TempDir's to remove.
      assertThat(names(folder.resolve("try")))
          .contains("report.json", "sheet.png", "sandbox.properties", "frames", "restored");
      assertThat(names(folder.resolve("try/frames"))).hasSize(10);
      assertThat(names(folder.resolve("try/restored"))).hasSize(10);
    } else if (command.startsWith(LAUNCHER + "sandbox | tee ")) {
      // Free ports: the usual ones may be taken where tests run.
      Path printed = stayOpen("sandbox --kafka-port 0 --registry-port 0", "Ctrl-C ends");
      Files.copy(printed, folder.resolve(command.replaceFirst(".* tee ", "")));
    } else if (command.startsWith(LAUNCHER + "run ")) {
      stayOpen(command.substring(LAUNCHER.length()), "running: frames.degraded -> ");
    } else {
      assertThat(command).startsWith(LAUNCHER);
      Path printed = folder.resolve("command-" + started + ".out");
      Process process = start(command.substring(LAUNCHER.length()), printed);
      assertThat(process.waitFor(180, TimeUnit.SECONDS)).as(command).isTrue();
      assertThat(process.exitValue()).as("%s%n%s", command, Files.readString(printed)).isZero();
      if (command.contains("perceive books")) {
        assertThat(Files.readString(printed)).contains("camera-1", "sample-1", "missing");
      }
    }
  }

  private Path stayOpen(String arguments, String ready) throws IOException {
    Path printed = folder.resolve("command-" + started + ".out");
    Process process = start(arguments, printed);
    open.add(process);
    await(arguments)
        .atMost(Duration.ofMinutes(2))
        .failFast(() -> !process.isAlive())
        .until(() -> Files.readString(printed, UTF_8).contains(ready));
    return printed;
  }

  private Process start(String arguments, Path printed) throws IOException {
    started++;
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m",
                // Each lives for seconds: what the second compiler would make comes too late.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dperceive.home=" + MarkdownPage.ROOT,
                "-cp",
                System.getProperty("java.class.path"),
                Perceive.class.getName()));
    command.addAll(Arrays.asList(arguments.split(" +", -1)));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(printed.toFile())
        .start();
  }

  private static List<String> names(Path of) throws IOException {
    try (Stream<Path> entries = Files.list(of)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
    }
  }
}
