package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a bench found. */
public interface BenchReport {
  /** Its tables for a terminal. */
  List<String> toLines();

  /** A document of them, with what they depend on. */
  List<String> toMarkdown();

  /** Every figure. */
  ObjectNode toJson();
}
