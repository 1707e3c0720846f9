package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.imaging.tile.TileGrid;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.MemoryBudget;
import org.perceiveir.model.session.MemoryModel;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.config.FrameSize;

/**
 * One process of {@link TileBench}: memory that TensorFlow's allocator once took never goes back.
 *
 * <pre>
 * pass    BUNDLE DEVICE WxH BATCH              a batch in one pass
 * frame   BUNDLE DEVICE WxH                    a frame as it is served by default
 * quality BUNDLE DEVICE PICTURE DEGRADATION TILES OVERLAPS
 * </pre>
 *
 * <p>A picture is a file, or {@code street:WxH} or {@code landscape:WxH}, which are drawn. The
 * result is one line of JSON on stdout.
 */
public final class TileTrial {
  private static final int WHOLE = 1 << 14;
  private static final int SMALL = 64;
  private static final long SEED = 20_260_301L;

  private TileTrial() {}

  /** Measures and prints; what goes wrong ends the process with its stack trace. */
  public static void main(String[] args) throws IOException, ImageFormatException {
    ModelBundle bundle = ModelBundle.read(Path.of(args[1]));
    SessionOptions options = SessionOptions.defaults().withDevice(args[2]);
    ObjectNode result =
        switch (args[0]) {
          case "pass" ->
              pass(bundle, whole(options), FrameSize.parse(args[3]), Integer.parseInt(args[4]));
          case "frame" -> frame(bundle, options, FrameSize.parse(args[3]));
          default -> quality(bundle, options, args[3], args[4], numbers(args[5]), numbers(args[6]));
        };
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println(result);
  }

  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
  }

  private static SessionOptions whole(SessionOptions options) {
    return options.withTiles(WHOLE, 0).withMemory(MemoryBudget.unlimited());
  }

  private static ObjectNode json() {
    return new ObjectMapper().createObjectNode();
  }

  /** The heap is touched beforehand, so that what the process takes beyond it is native. */
  private static ObjectNode pass(
      ModelBundle bundle, SessionOptions options, FrameSize size, int batch) throws IOException {
    long heap = Runtime.getRuntime().totalMemory() >> 20;
    ObjectNode result = json();
    try (RestorationSession session = RestorationSession.open(bundle, options)) {
      MemoryModel model = session.memoryModel();
      RgbImage small = session.restore(picture("street:" + SMALL + "x" + SMALL));
      result.put("idleMiB", TrialProcess.peakMiB() - heap);
      RgbImage frame = picture("street:" + size);
      for (int i = 0; i < 3; i++) {
        small = session.restore(Collections.nCopies(batch, frame)).get(0);
      }
      result.put("restoredWidth", small.width());
      result.put("peakMiB", TrialProcess.peakMiB() - heap);
      result.put("predictedMiB", model.passBytes(batch * size.pixels()) >> 20);
    }
    return result;
  }

  private static ObjectNode frame(ModelBundle bundle, SessionOptions options, FrameSize size)
      throws IOException {
    ObjectNode result = json();
    try (RestorationSession session = RestorationSession.open(bundle, options)) {
      RgbImage frame = picture("street:" + size);
      RgbImage restored = session.restore(frame);
      result.put("restoredWidth", restored.width());
      result.put("tile", session.tileSide());
      result.put("overlap", session.tileOverlap());
      result.put("tiles", tiles(size.width(), size.height(), session).tiles().size());
    }
    result.put("heapMiB", Runtime.getRuntime().maxMemory() >> 20);
    result.put("budgetMiB", options.memory().bytes() >> 20);
    result.put("peakMiB", TrialProcess.peakMiB());
    return result;
  }

  private static TileGrid tiles(int width, int height, RestorationSession session) {
    return TileGrid.of(width, height, session.tileSide(), session.tileOverlap());
  }

  private static ObjectNode quality(
      ModelBundle bundle,
      SessionOptions options,
      String picture,
      String degradation,
      List<Integer> tiles,
      List<Integer> overlaps)
      throws IOException, ImageFormatException {
    RgbImage clean = file(picture);
    RgbImage degraded = Degradations.parse(degradation).apply(clean, SEED);
    ObjectNode result = json();
    result.put("size", clean.width() + "x" + clean.height());
    result.put("degraded", Psnr.between(clean, degraded));
    ArrayNode rows = result.putArray("tilings");
    try (RestorationSession session = RestorationSession.open(bundle, whole(options))) {
      RgbImage full = session.restore(degraded);
      result.put("full", Psnr.between(clean, full));
      for (int tile : tiles) {
        for (int overlap : overlaps) {
          if (overlap > tile / 4) {
            continue;
          }
          ObjectNode row = rows.addObject();
          row.put("tile", tile);
          row.put("overlap", overlap);
          TileGrid grid = TileGrid.of(clean.width(), clean.height(), tile, overlap);
          try (RestorationSession tiled =
              RestorationSession.open(bundle, options.withTiles(tile, overlap))) {
            compare(row.putObject("shared"), clean, full, tiled.restore(degraded), grid);
          }
          // A piece on its own is a whole frame to the session: its Z and F_l are of the piece.
          List<RgbImage> pieces = new ArrayList<>();
          for (RgbImage piece : grid.cut(degraded)) {
            pieces.add(session.restore(piece));
          }
          compare(row.putObject("own"), clean, full, grid.join(pieces), grid);
        }
      }
    }
    return result;
  }

  private static void compare(
      ObjectNode into, RgbImage clean, RgbImage full, RgbImage tiled, TileGrid grid) {
    into.put("psnr", Psnr.between(clean, tiled));
    Seams seams = Seams.of(full, tiled, grid);
    sum(into.putArray("near"), seams.near());
    sum(into.putArray("far"), seams.far());
    sum(into.putArray("across"), seams.across());
    sum(into.putArray("along"), seams.along());
  }

  private static void sum(ArrayNode into, Seams.Sum sum) {
    into.add(sum.squares()).add(sum.count());
  }

  private static RgbImage file(String name) throws IOException, ImageFormatException {
    if (!Files.isRegularFile(Path.of(name))) {
      return picture(name);
    }
    return new ImageDecoder(DecodeLimits.defaults()).decode(ImageFiles.read(Path.of(name)));
  }

  private static RgbImage picture(String name) {
    FrameSize size = FrameSize.parse(name.substring(name.indexOf(':') + 1));
    SyntheticScene scene =
        name.startsWith("street:")
            ? SyntheticScene.street(1, size.width(), size.height())
            : SyntheticScene.landscape(1, size.width(), size.height());
    return scene.frame(40);
  }
}
