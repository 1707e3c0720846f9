package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.CaptureOptions;
import org.perceiveir.capture.CapturedFrame;
import org.perceiveir.capture.FrameSource;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.capture.VideoInput;
import org.perceiveir.capture.VideoRecorder;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.inspect.TopicTail;

/**
 * Cameras, video files and programs in another language, as their users start them, around one
 * cluster with a running service that gives pixels back as they are.
 */
class CamerasIT {
  private static final String PYTHON = "/usr/bin/python3";
  private static final Path EXAMPLES = Path.of("..", "examples", "python");

  /** Microseconds of 2026-11-01T10:00:00Z. */
  private static final long MORNING = 1_793_527_200_000_000L;

  private static final int WIDTH = 64;
  private static final int HEIGHT = 48;

  @TempDir private static Path directory;
  private static OperatedCluster cluster;
  private static ServiceConfig config;

  @BeforeAll
  static void start() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    cluster =
        new OperatedCluster(
            directory,
            Map.of(
                "topics.partitions", "2",
                "aggregates.enabled", "false",
                // Frames of noise are larger, all others smaller.
                "payload.output.root", outside.toString(),
                "payload.output.min.bytes", "9000"));
    config = cluster.config();
    cluster.service().start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static CommandLineRun run(String... args) {
    return cluster.run(args);
  }

  private static CommandLineRun succeed(String... args) {
    return cluster.succeed(args);
  }

  private static RgbImage picture(int number) {
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    Arrays.fill(rgb, (byte) (40 * number));
    Arrays.fill(rgb, 0, rgb.length / 2, (byte) 200);
    return RgbImage.wrap(WIDTH, HEIGHT, rgb);
  }

  private static RgbImage noise() {
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    new Random(3).nextBytes(rgb);
    return RgbImage.wrap(WIDTH, HEIGHT, rgb);
  }

  private static Path clip(String name, long... times) throws CaptureException {
    Path clip = directory.resolve(name);
    try (VideoRecorder recorder = VideoRecorder.open(clip, VideoCodec.FFV1, WIDTH, HEIGHT)) {
      for (int i = 0; i < times.length; i++) {
        recorder.write(picture(i), times[i]);
      }
    }
    return clip;
  }

  private static List<CapturedFrame> read(Path video) throws CaptureException {
    List<CapturedFrame> frames = new ArrayList<>();
    try (FrameSource source =
        VideoInput.open(VideoAddress.parse(video.toString()), CaptureOptions.defaults())) {
      Optional<CapturedFrame> frame = source.next();
      while (frame.isPresent()) {
        frames.add(frame.get());
        frame = source.next();
      }
    }
    return frames;
  }

  @Test
  void shouldBringAVideoThroughTheServiceIntoAVideoOfTheSamePicturesAndTimes() throws Exception {
    long[] times = {0, 40_000, 100_000, 300_000, 340_000};
    Path clip = clip("clip.mkv", times);
    Path recorded = directory.resolve("recorded.mkv");

    assertThat(
            succeed(
                    "publish",
                    "--input",
                    clip.toString(),
                    "--source-id",
                    "video",
                    "--encoding",
                    "png",
                    "--start-time",
                    "2026-11-01T10:00:00Z")
                .out())
        .contains("published 5 frames of video, epoch ");
    CommandLineRun run =
        succeed(
            "record",
            "--source-id",
            "video",
            "--from-beginning",
            "--frames",
            "5",
            "--codec",
            "ffv1",
            "--output",
            recorded.toString());

    assertThat(run.out()).contains("recorded 5 frames, 0.3 s, to ").doesNotContain("missing");
    List<CapturedFrame> frames = read(recorded);
    assertThat(frames).hasSize(5);
    for (int i = 0; i < times.length; i++) {
      assertThat(frames.get(i).image().rgb()).isEqualTo(picture(i).rgb());
      assertThat(frames.get(i).positionMicros()).isEqualTo(times[i]);
    }
    assertThat(run("record", "--source-id", "video", "--output", recorded.toString()).err())
        .contains("recorded.mkv exists")
        .hasLineCount(1);
    assertThat(succeed("inspect", "--topic", "restored", "--last", "100").out())
        .contains("\"captureTimeMicros\" : " + (MORNING + 340_000));
  }

  @Test
  void shouldGoRoundAVideoAndEndAfterSomeFrames() throws Exception {
    Path clip = clip("short.mkv", 0, 20_000);

    CommandLineRun run =
        succeed(
            "publish",
            "--input",
            clip.toString(),
            "--source-id",
            "round",
            "--loop",
            "--frames",
            "5",
            "--fps",
            "200",
            "--start-time",
            "2026-11-01T10:00:00Z");

    assertThat(captured("round"))
        .containsExactly(
            MORNING, MORNING + 5_000, MORNING + 10_000, MORNING + 15_000, MORNING + 20_000);
    assertThat(run.out()).containsPattern("published 5 frames of round, epoch .* \\(the last of 3");
  }

  @Test
  void shouldTellWhatIsMissingLateOrNewAndReadPixelsOutsideKafka() throws Exception {
    long[][] frames = {{7, 0}, {7, 1}, {7, 4}, {7, 2}, {9, 0}, {9, 1}};
    try (FramePublisher publisher = FramePublisher.open(config)) {
      for (long[] frame : frames) {
        RgbImage image = frame[0] == 7 ? picture(1) : noise();
        publisher
            .publish(
                new FrameIdentity("gaps", frame[0], frame[1], 50_000 * frame[1]),
                image,
                FrameEncoding.PNG)
            .join();
      }
    }
    Path folder = directory.resolve("frames");

    CommandLineRun run =
        succeed(
            "record",
            "--source-id",
            "gaps",
            "--from-beginning",
            "--idle",
            "2",
            "--output",
            folder.toString());

    assertThat(run.out())
        .contains("frames are missing before frame 4 of epoch 7 (2 in 1 gaps so far)")
        .contains("left out, late or again: frame 2 of epoch 7")
        .contains("the source began anew: epoch 9")
        .contains("recorded 5 frames, ")
        .contains("2 missing in 1 gaps; 1 new epochs; 1 late or again, left out");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            "000000-gaps-7-0.png",
            "000001-gaps-7-1.png",
            "000002-gaps-7-4.png",
            "000003-gaps-9-0.png",
            "000004-gaps-9-1.png");
    assertThat(directory.resolve("outside").resolve("gaps")).isDirectoryContaining("glob:**.png");
    assertThat(folder.resolve("000004-gaps-9-1.png"))
        .hasBinaryContent(ImageEncoder.encode(noise(), ImageFormat.PNG));
  }

  @Test
  void shouldSayOnOneLineWhatIsWrongWithTheInput() throws Exception {
    Path text = Files.writeString(directory.resolve("text.mp4"), "no video");
    Path secret = Files.writeString(directory.resolve("camera.properties"), "url=http://u:S3c@h/");
    String[][] wrong = {
      {text.toString(), "text.mp4 cannot be opened"},
      {directory.resolve("none.mp4").toString(), "none.mp4 does not exist"},
      {"/dev/video9999", "/dev/video9999 does not exist"},
      {"http://user:S3c@host/a.mp4", "begins with http: is none of the kinds"},
      {"concat:a|b", "begins with concat: is none of the kinds"},
      {"rtsp://user:S3c@127.0.0.1:1/S3c", "rtsp://127.0.0.1:1 cannot be opened"},
      {" rtsp://user:S3c@127.0.0.1:1/S3c", "rtsp://127.0.0.1:1 cannot be opened"},
      {"rtsp//user:S3c@127.0.0.1/", "the input is no file, and no address"},
      {"//user:S3c@127.0.0.1/x", "the input is no file, and no address"},
      {"rtsp://user:S3/c@127.0.0.1/", "the rtsp:// address cannot be read"},
      {"${file:" + secret + ":url}", "${file:" + secret + ":url} is none of the kinds"},
      {"${file:" + secret + ":none}", "there is no none in"},
    };
    for (String[] one : wrong) {
      CommandLineRun run = run("publish", "--input", one[0], "--source-id", "x", "--verbose");

      assertThat(run.exitCode()).as(one[0]).isEqualTo(1);
      assertThat(run.err()).contains(one[1]).doesNotContain("S3c");
      assertThat(run.err().lines().findFirst().orElse("")).contains(one[1]);
    }
  }

  @Test
  void shouldExitTwoWhenAnOptionIsWrong() {
    for (String[] wrong :
        new String[][] {
          {"publish", "--source-id", "a", "--input", "rtsp://h/", "--loop"},
          {"publish", "--source-id", "a", "--input", "rtsp://h/", "--start-time", "1"},
          {"publish", "--source-id", "a", "--input", "a.mp4", "--frames", "0"},
          {"publish", "--source-id", "a", "--input", "a.mp4", "--retry-for", "-1"},
          {"record", "--source-id", "a", "--output", "a.avi"},
          {"record", "--source-id", "a", "--output", "a", "--codec", "h264"},
          {"record", "--source-id", "a", "--output", "mp4", "--codec", "h264"},
          {"record", "--source-id", "a", "--output", "a.webm", "--codec", "h264"},
          {"record", "--source-id", "a", "--output", "a.mp4", "--seconds", "0"},
          {"record", "--source-id", "a", "--output", "a.mp4", "--fps", "-1"}
        }) {
      CommandLineRun run = run(wrong);

      assertThat(run.exitCode()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(run.err()).hasLineCount(1);
    }
    assertThat(
            run(
                    "record",
                    "--source-id",
                    "nobody",
                    "--output",
                    directory.resolve("n.mp4").toString(),
                    "--seconds",
                    "0.2")
                .err())
        .contains("no frame of nobody was recorded")
        .hasLineCount(1);
  }

  @Test
  void shouldGoOnPublishingWhenTheCameraWasKilledAndStartedAgain() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path secret = directory.resolve("rtsp.properties");
    Files.writeString(secret, "url=rtsp\\://viewer\\:S3cret@127.0.0.1\\:" + port + "/cam\n");
    Process camera = camera(port);
    try {
      CompletableFuture<CommandLineRun> publishing =
          CompletableFuture.supplyAsync(
              () ->
                  run(
                      "publish",
                      "--input",
                      "${file:" + secret + ":url}",
                      "--source-id",
                      "rtsp",
                      "--frames",
                      "40",
                      "--fps",
                      "5"));
      // 8 s long: it is not over when it is seen to have begun.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> publishing.isDone() || published("rtsp") > 2);
      camera.destroyForcibly().waitFor();
      camera = camera(port);

      CommandLineRun run = publishing.get(60, TimeUnit.SECONDS);

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out())
          .containsPattern("published 40 frames of rtsp, .* \\(the last of [23]\\)");
      assertThat(run.err())
          .contains("rtsp://127.0.0.1:" + port, "connecting again in", "frames come again")
          .doesNotContain("S3cret", "viewer");
    } finally {
      camera.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldTellWhatIsPublishedWhenTheCameraStaysAway() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String address = "rtsp://viewer:S3cret@127.0.0.1:" + port + "/cam";
    Process camera = camera(port);
    try {
      CompletableFuture<CommandLineRun> publishing =
          CompletableFuture.supplyAsync(
              () -> run("publish", "--input", address, "--source-id", "gone", "--retry-for", "0"));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> publishing.isDone() || published("gone") > 2);
      camera.destroyForcibly().waitFor();

      CommandLineRun run = publishing.get(60, TimeUnit.SECONDS);

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("given up after").doesNotContain("S3cret", "viewer");
      assertThat(run.out()).contains("published " + published("gone") + " frames of gone, epoch ");
    } finally {
      camera.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldCountWhatCannotBeDecodedAndExitOne() throws Exception {
    long[] times = new long[30];
    Arrays.setAll(times, i -> 1_000L * i);
    byte[] video = Files.readAllBytes(clip("whole.mkv", times));
    Arrays.fill(video, video.length / 3, video.length / 3 + video.length / 10, (byte) 0x55);
    Path damaged = Files.write(directory.resolve("damaged.mkv"), video);

    CommandLineRun run =
        run("publish", "--input", damaged.toString(), "--source-id", "damaged", "--fps", "500");

    assertThat(run.out())
        .containsPattern(
            "published \\d+ frames of damaged, .*, [1-9]\\d* packets could not be decoded");
    assertThat(run.err()).contains("frames or packets were left out").hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(1);
  }

  /** How many frames of a source are in the input topic. */
  private static long published(String source) {
    return inputs(source).count();
  }

  /** Capture times of a source's frames in the input topic, in order. */
  private static List<Long> captured(String source) {
    try (var serde = ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings())) {
      return inputs(source)
          .map(r -> serde.deserializer().deserialize(config.inputTopic(), r.value()))
          .map(frame -> frame.getIdentity().getCaptureTimeMicros())
          .toList();
    }
  }

  private static Stream<ConsumerRecord<byte[], byte[]>> inputs(String source) {
    return TopicTail.read(config, config.inputTopic(), 2000).stream()
        .filter(record -> source.equals(new String(record.key(), StandardCharsets.UTF_8)));
  }

  private static Process camera(int port) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
    Process camera =
        new ProcessBuilder(
                PYTHON,
                Path.of("..", "capture", "src", "test", "resources", "rtsp_camera.py").toString(),
                String.valueOf(port),
                "viewer",
                "S3cret")
            .redirectErrorStream(true)
            .start();
    BufferedReader out = camera.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assumeTrue(
        "ready".equals(line) || camera.waitFor() != 3,
        "needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good: "
            + line);
    assertThat(line).isEqualTo("ready");
    return camera;
  }

  @Test
  void shouldServeProgramsInPython() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
    assumeTrue(
        program(PYTHON, "-c", "import confluent_kafka, avro.io").exitCode() == 0,
        "needs Debian's python3-confluent-kafka and python3-avro");
    Path images = Files.createDirectory(directory.resolve("python"));
    Path restored = directory.resolve("python-restored");
    for (int i = 0; i < 3; i++) {
      Files.write(images.resolve(i + ".png"), ImageEncoder.encode(picture(i), ImageFormat.PNG));
    }
    byte[] jpeg = ImageEncoder.encode(picture(3), ImageFormat.JPEG);
    Files.write(images.resolve("3.jpg"), jpeg);
    Files.write(images.resolve("4.jpg"), onItsSide(jpeg));

    CommandLineRun produced =
        example(
            "producer.py",
            "--source",
            "cobra",
            "--fps",
            "50",
            images + "/0.png",
            images + "/1.png",
            images + "/2.png",
            images + "/3.jpg",
            images + "/4.jpg");
    assertThat(produced.out()).contains("published 5 frames of cobra, epoch ");
    int partition = Utils.toPositive(Utils.murmur2("cobra".getBytes(StandardCharsets.UTF_8))) % 2;
    assertThat(inputs("cobra")).hasSize(5).allMatch(record -> record.partition() == partition);

    CommandLineRun consumed =
        example("consumer.py", "--source", "cobra", "--count", "5", "--into", restored.toString());
    assertThat(consumed.out())
        .contains("64x48 RESTORED by mirror 1 {'file': '2.png'}")
        .contains("48x64 RESTORED by mirror 1 {'file': '4.jpg'}")
        .contains("saved 5 frames in ");
    try (Stream<Path> files = Files.list(restored)) {
      List<Path> saved = files.sorted().toList();
      assertThat(saved).hasSize(5);
      assertThat(saved.get(1)).hasBinaryContent(ImageEncoder.encode(picture(1), ImageFormat.PNG));
    }

    CommandLineRun told = example("telemetry.py", "--timeout", "2");
    assertThat(told.out()).containsPattern("cobra 0 RESTORED age [0-9.]+ ms infer [0-9.]+ ms");
    assertThat(told.out()).containsPattern("\\d+ RESTORED");
  }

  /** A JPEG with EXIF's orientation 6 behind its first marker. */
  private static byte[] onItsSide(byte[] jpeg) {
    byte[] exif =
        HexFormat.of()
            .parseHex("ffe1002245786966000049492a0008000000010012010300010000000600000000000000");
    return ByteBuffer.allocate(jpeg.length + exif.length)
        .put(jpeg, 0, 2)
        .put(exif)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  @Test
  void shouldServeKcat() throws Exception {
    assumeTrue(
        Stream.of("/usr/bin/kcat", "/usr/bin/kafkacat").anyMatch(p -> Files.exists(Path.of(p))),
        "needs Debian's kcat");
    String clip = clip("kcat.mkv", 0, 20_000).toString();
    succeed("publish", "--input", clip, "--source-id", "cat");
    succeed(
        "record",
        "--source-id",
        "cat",
        "--from-beginning",
        "--frames",
        "2",
        "--output",
        directory.resolve("cat").toString());
    // The line of examples/python/README.md.
    CommandLineRun line =
        program("/bin/sh", "-c", kcatLine().replace("localhost:9092", cluster.bootstrapServers()));
    assertThat(line.out()).containsPattern("cat partition \\d offset \\d+: \\d+ bytes");
  }

  private static String kcatLine() throws IOException {
    return Files.readAllLines(EXAMPLES.resolve("README.md")).stream()
        .filter(line -> line.startsWith("kcat "))
        .findFirst()
        .orElseThrow();
  }

  private static CommandLineRun example(String name, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(PYTHON, EXAMPLES.resolve(name).toString()));
    command.addAll(List.of("--bootstrap", cluster.bootstrapServers()));
    command.addAll(List.of("--registry", cluster.registryUrl()));
    command.addAll(Arrays.asList(args));
    CommandLineRun run = program(command.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.out()).isZero();
    return run;
  }

  private static CommandLineRun program(String... command) throws Exception {
    // Into a file: reading to the end would wait for a program that hangs.
    Path out = Files.createTempFile(directory, "program", ".out");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(out.toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      assertThat(ended).as(Files.readString(out)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new CommandLineRun(process.exitValue(), Files.readString(out), "");
  }
}
