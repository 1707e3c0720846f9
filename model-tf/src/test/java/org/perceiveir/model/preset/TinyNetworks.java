package org.perceiveir.model.preset;

import java.util.List;

/** One small network of each backbone. */
public final class TinyNetworks {
  /** With all of the guidance that needs no encoder. */
  public static final Preset NAFNET =
      new Preset(
          "tiny-nafnet",
          new Backbone.NafNet(8, List.of(1, 1), 1, List.of(1, 1)),
          new Preset.Cfe(List.of(8), 2, 4),
          null,
          new Preset.Pgm(true, Preset.Projection.LINEAR),
          new Preset.Pgca(true));

  /** Plain. */
  public static final Preset RESTORMER =
      new Preset(
          "tiny-restormer",
          new Backbone.Restormer(8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, false),
          null,
          null,
          null,
          null);

  private TinyNetworks() {}
}
