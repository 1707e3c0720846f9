package org.perceiveir.trainer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Where a training comes from, for its records.
 *
 * @param command the command line, empty if there is none
 * @param version of the program, empty if unknown
 * @param commit of the program's sources, empty if unknown
 * @param config the configuration with every value that is in force
 */
public record Provenance(String command, String version, String commit, ObjectNode config) {
  /** Nothing is known. */
  public static Provenance none() {
    return new Provenance("", "", "", JsonNodeFactory.instance.objectNode());
  }
}
