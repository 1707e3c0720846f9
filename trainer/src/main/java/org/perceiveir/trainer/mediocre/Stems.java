package org.perceiveir.trainer.mediocre;

/** File names without what follows their last dot. */
final class Stems {
  private Stems() {}

  static String of(String file) {
    int dot = file.lastIndexOf('.');
    return dot <= 0 ? file : file.substring(0, dot);
  }
}
