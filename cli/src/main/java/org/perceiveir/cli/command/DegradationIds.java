package org.perceiveir.cli.command;

import java.util.Iterator;
import org.perceiveir.imaging.degrade.DegradationType;

/** What {@code ${COMPLETION-CANDIDATES}} stands for in the help of an option that takes one. */
final class DegradationIds implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return DegradationType.ids().iterator();
  }
}
