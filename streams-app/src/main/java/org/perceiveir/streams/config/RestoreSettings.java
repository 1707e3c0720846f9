package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import org.apache.kafka.common.config.ConfigDef;
import org.perceiveir.model.session.MemoryBudget;
import org.perceiveir.model.session.SessionOptions;

/**
 * How large a pass of the network may be.
 *
 * @param memory what passes may take on the CPU, over all networks of the service
 * @param tileMaxSide frames with a longer side are restored in tiles of at most this side, in
 *     pixels
 * @param tileOverlap pixels that neighbouring tiles share
 */
public record RestoreSettings(MemoryBudget memory, int tileMaxSide, int tileOverlap) {
  public static final String MEMORY_MAX_BYTES = "restore.memory.max.bytes";
  public static final String TILE_MAX_SIDE = "restore.tile.max.side";
  public static final String TILE_OVERLAP = "restore.tile.overlap";

  static void define(ConfigDef def) {
    def.define(
            MEMORY_MAX_BYTES,
            ConfigDef.Type.LONG,
            -1L,
            KeyRules.offOrFrom(64L << 20, 1L << 44),
            MEDIUM,
            "Native memory that the process may take for networks and their passes on the CPU, in"
                + " bytes; -1 takes the memory of the machine or container less the heap (-Xmx) and"
                + " 256 MiB. Tiles and batches are made small enough for it beforehand;"
                + " docs/tiles.md has the figures. Of no effect on a GPU.")
        .define(
            TILE_MAX_SIDE,
            ConfigDef.Type.INT,
            SessionOptions.defaults().maxTileSide(),
            ConfigDef.Range.between(128, 1 << 14),
            LOW,
            "Frames with a longer side are restored in tiles of at most this side, in pixels; in"
                + " smaller ones where the memory asks for it.")
        .define(
            TILE_OVERLAP,
            ConfigDef.Type.INT,
            SessionOptions.defaults().tileOverlap(),
            ConfigDef.Range.between(0, 1 << 12),
            LOW,
            "Pixels that neighbouring tiles share and blend over, at most a quarter of "
                + TILE_MAX_SIDE
                + ".");
  }

  static RestoreSettings of(ConfigValues values) {
    long bytes = values.longValue(MEMORY_MAX_BYTES);
    int side = values.integer(TILE_MAX_SIDE);
    int overlap = values.integer(TILE_OVERLAP);
    if (overlap > side / 4) {
      throw new ConfigurationException(
          TILE_OVERLAP,
          String.valueOf(overlap),
          "must be at most a quarter of " + TILE_MAX_SIDE + "=" + side,
          "lower it, or allow larger tiles");
    }
    return new RestoreSettings(
        bytes < 0 ? MemoryBudget.ofMachine() : MemoryBudget.of(bytes, MEMORY_MAX_BYTES),
        side,
        overlap);
  }

  /** The options of a session that keeps to these settings, all other values by default. */
  public SessionOptions sessionOptions() {
    return SessionOptions.defaults().withTiles(tileMaxSide, tileOverlap).withMemory(memory);
  }
}
