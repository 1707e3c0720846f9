package org.perceiveir.trainer.data.layout;

import java.util.List;

/**
 * The images that were found in a data set, from the names of its files alone.
 *
 * @param entries in the order of their names, the same everywhere
 * @param findings what is missing, unpaired or odd
 */
public record Listing(List<ImageEntry> entries, List<Finding> findings) {
  /** Copies the lists. */
  public Listing {
    entries = List.copyOf(entries);
    findings = List.copyOf(findings);
  }

  /** Nothing but a reason. */
  static Listing unusable(Finding finding) {
    return new Listing(List.of(), List.of(finding));
  }
}
