package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.streams.config.FrameSize;

/**
 * What {@link TileBench} measured.
 *
 * @param bundle name and version
 * @param machine where
 * @param commandLine how it was called
 * @param when it began
 * @param passes memory of single passes
 * @param frames memory of frames as they are served by default
 * @param qualities tiles against the full frame
 */
public record TileReport(
    String bundle,
    Machine machine,
    String commandLine,
    Instant when,
    List<Pass> passes,
    List<Frame> frames,
    List<Quality> qualities)
    implements BenchReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies the lists. */
  public TileReport {
    passes = List.copyOf(passes);
    frames = List.copyOf(frames);
    qualities = List.copyOf(qualities);
  }

  /**
   * Native memory of a pass, all but the Java heap of its process.
   *
   * @param network bundle or preset
   * @param size of each frame
   * @param batch frames in the pass
   * @param idleMiB with the network open, after a pass of 64x64
   * @param peakMiB after three passes
   * @param predictedMiB by the memory model
   */
  public record Pass(
      String network, FrameSize size, int batch, long idleMiB, long peakMiB, long predictedMiB) {
    long pixels() {
      return batch * size.pixels();
    }

    /** What grew with the frame, for each of its pixels. */
    double bytesPerPixel() {
      return (peakMiB - idleMiB) * (double) (1 << 20) / pixels();
    }
  }

  /**
   * Resident memory of a process that restored one frame.
   *
   * @param size of the frame
   * @param tile largest side of a tile
   * @param overlap of the tiles
   * @param tiles in the frame
   * @param heapMiB largest heap
   * @param budgetMiB memory budget of passes
   * @param peakMiB all of the process
   */
  public record Frame(
      FrameSize size,
      int tile,
      int overlap,
      int tiles,
      long heapMiB,
      long budgetMiB,
      long peakMiB) {}

  /**
   * Tiled results of some pictures.
   *
   * @param psnr sum of the dB against the truth
   * @param seams against the full frame
   */
  public record Tiled(double psnr, Seams seams) {
    static Tiled of(JsonNode node) {
      return new Tiled(
          node.path("psnr").asDouble(),
          new Seams(
              sum(node.path("near")),
              sum(node.path("far")),
              sum(node.path("across")),
              sum(node.path("along"))));
    }

    private static Seams.Sum sum(JsonNode node) {
      return new Seams.Sum(node.path(0).asDouble(), node.path(1).asLong());
    }

    Tiled plus(Tiled other) {
      return new Tiled(psnr + other.psnr, seams.plus(other.seams));
    }
  }

  /**
   * One tiling of all pictures with one degradation.
   *
   * @param degradation of the pictures
   * @param tile side in pixels
   * @param overlap in pixels
   * @param pictures how many
   * @param full sum of the dB of full frames against the truth
   * @param shared tiles guided by the whole frame
   * @param own tiles that each guide themselves
   */
  public record Quality(
      String degradation,
      int tile,
      int overlap,
      int pictures,
      double full,
      Tiled shared,
      Tiled own) {
    static Quality of(
        String degradation, int tile, int overlap, double full, Tiled shared, Tiled own) {
      return new Quality(degradation, tile, overlap, 1, full, shared, own);
    }

    Quality plus(Quality other) {
      return new Quality(
          degradation,
          tile,
          overlap,
          pictures + other.pictures,
          full + other.full,
          shared.plus(other.shared),
          own.plus(other.own));
    }

    double fullPsnr() {
      return full / pictures;
    }

    double change(Tiled tiled) {
      return (tiled.psnr - full) / pictures;
    }
  }

  private List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    if (!passes.isEmpty()) {
      Table table =
          new Table(
              "Native memory of one pass",
              "network",
              "frames",
              "batch",
              "idle MiB",
              "peak MiB",
              "bytes/pixel",
              "predicted MiB",
              "measured/predicted");
      for (Pass p : passes) {
        table.row(
            p.network(),
            p.size().toString(),
            Integer.toString(p.batch()),
            Long.toString(p.idleMiB()),
            Long.toString(p.peakMiB()),
            figure("%.0f", p.bytesPerPixel()),
            Long.toString(p.predictedMiB()),
            figure("%.2f", p.peakMiB() / (double) p.predictedMiB()));
      }
      tables.add(table);
    }
    if (!frames.isEmpty()) {
      Table table =
          new Table(
              "Resident memory of a process that restores one frame",
              "frame",
              "tile",
              "overlap",
              "tiles",
              "heap MiB",
              "budget MiB",
              "peak RSS MiB");
      for (Frame f : frames) {
        table.row(
            f.size().toString(),
            Integer.toString(f.tile()),
            Integer.toString(f.overlap()),
            Integer.toString(f.tiles()),
            Long.toString(f.heapMiB()),
            Long.toString(f.budgetMiB()),
            Long.toString(f.peakMiB()));
      }
      tables.add(table);
    }
    if (!qualities.isEmpty()) {
      tables.add(qualityTable());
      tables.add(seamTable());
    }
    return tables;
  }

  private Table qualityTable() {
    Table table =
        new Table(
            "Tiles against the full frame, dB",
            "degradation",
            "tile",
            "overlap",
            "pictures",
            "full frame",
            "tiles, change",
            "tiles guided by themselves, change",
            "tiles to full frame");
    for (Quality q : qualities) {
      table.row(
          q.degradation(),
          Integer.toString(q.tile()),
          Integer.toString(q.overlap()),
          Integer.toString(q.pictures()),
          figure("%.3f", q.fullPsnr()),
          figure("%+.3f", q.change(q.shared())),
          figure("%+.3f", q.change(q.own())),
          figure("%.1f", 20 * Math.log10(255 / q.shared().seams().rms())));
    }
    return table;
  }

  private Table seamTable() {
    Table table =
        new Table(
            "Difference to the full frame, root mean square in grey levels",
            "degradation",
            "tile",
            "overlap",
            "within " + Seams.REACH + " px of an edge",
            "elsewhere",
            "jump across an edge",
            "jump elsewhere",
            "guided by themselves: jump across");
    for (Quality q : qualities) {
      Seams seams = q.shared().seams();
      table.row(
          q.degradation(),
          Integer.toString(q.tile()),
          Integer.toString(q.overlap()),
          figure("%.3f", seams.near().rms()),
          figure("%.3f", seams.far().rms()),
          figure("%.3f", seams.across().rms()),
          figure("%.3f", seams.along().rms()),
          figure("%.3f", q.own().seams().across().rms()));
    }
    return table;
  }

  private static String figure(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>();
    for (Table table : tables()) {
      lines.add("");
      lines.addAll(table.toLines());
    }
    return lines;
  }

  @Override
  public List<String> toMarkdown() {
    List<String> lines = new ArrayList<>();
    lines.add("# Large frames");
    lines.add("");
    lines.add("    " + commandLine);
    lines.add("");
    lines.add(
        "Of "
            + bundle
            + ". "
            + when.truncatedTo(ChronoUnit.SECONDS)
            + ", "
            + machine.cpu()
            + ", "
            + machine.cores()
            + " cores, "
            + machine.system()
            + ", "
            + machine.jvm()
            + ".");
    for (Table table : tables()) {
      lines.add("");
      lines.addAll(table.toMarkdown());
    }
    return lines;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("command", commandLine);
    root.put("bundle", bundle);
    root.put("date", when.truncatedTo(ChronoUnit.SECONDS).toString());
    root.set("machine", JSON.valueToTree(machine));
    ArrayNode passNodes = root.putArray("passes");
    for (Pass p : passes) {
      ObjectNode node = passNodes.addObject();
      node.put("network", p.network());
      node.put("size", p.size().toString());
      node.put("batch", p.batch());
      node.put("idleMiB", p.idleMiB());
      node.put("peakMiB", p.peakMiB());
      node.put("bytesPerPixel", Figure.rounded(p.bytesPerPixel()));
      node.put("predictedMiB", p.predictedMiB());
    }
    ArrayNode frameNodes = root.putArray("frames");
    for (Frame f : frames) {
      ObjectNode node = frameNodes.addObject();
      node.put("size", f.size().toString());
      node.put("tile", f.tile());
      node.put("overlap", f.overlap());
      node.put("tiles", f.tiles());
      node.put("heapMiB", f.heapMiB());
      node.put("budgetMiB", f.budgetMiB());
      node.put("peakMiB", f.peakMiB());
    }
    ArrayNode qualityNodes = root.putArray("qualities");
    for (Quality q : qualities) {
      ObjectNode node = qualityNodes.addObject();
      node.put("degradation", q.degradation());
      node.put("tile", q.tile());
      node.put("overlap", q.overlap());
      node.put("pictures", q.pictures());
      node.put("fullDb", Figure.rounded(q.fullPsnr()));
      tiled(node.putObject("shared"), q, q.shared());
      tiled(node.putObject("own"), q, q.own());
    }
    return root;
  }

  private static void tiled(ObjectNode into, Quality q, Tiled tiled) {
    into.put("changeDb", Figure.rounded(q.change(tiled)));
    into.put("rms", Figure.rounded(tiled.seams().rms()));
    into.put("rmsNearEdges", Figure.rounded(tiled.seams().near().rms()));
    into.put("rmsElsewhere", Figure.rounded(tiled.seams().far().rms()));
    into.put("jumpAcrossEdges", Figure.rounded(tiled.seams().across().rms()));
    into.put("jumpElsewhere", Figure.rounded(tiled.seams().along().rms()));
  }
}
