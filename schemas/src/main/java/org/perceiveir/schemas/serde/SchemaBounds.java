package org.perceiveir.schemas.serde;

import org.apache.avro.Schema;

/**
 * What a writer's schema may be like. Whoever may write to a topic can as a rule register schemas
 * too, and three kinds of them make a reader of Avro's work far beyond the bytes of a record:
 *
 * <ul>
 *   <li>one that contains itself is read, and skipped, by recursion: a stack overflow;
 *   <li>named types that use each other twice grow to the power of their number, in the grammar
 *       that Avro makes of them as in the steps to read one: no memory left;
 *   <li>arrays of values without bytes, as null or a record without fields, have as many elements
 *       as the record claims: no end.
 * </ul>
 *
 * <p>So a schema is limited in depth and size with every reference written out, and every value
 * must take at least one byte; null may only be a branch of a union, whose index is that byte.
 */
final class SchemaBounds {
  /** Ours have under ten. */
  private static final int MAX_DEPTH = 40;

  /** Ours have under three hundred. */
  private static final int MAX_TYPES = 5_000;

  private int types;

  /** A schema that records must not be read with. */
  static final class ExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExceededException(String message) {
      super(message);
    }
  }

  private SchemaBounds() {}

  /**
   * Checks a schema.
   *
   * @throws ExceededException if records must not be read with it; the message says why
   */
  static void check(Schema schema) {
    new SchemaBounds().visit(schema, 0);
  }

  private void visit(Schema schema, int depth) {
    if (depth > MAX_DEPTH) {
      throw new ExceededException(
          "its types are nested more than " + MAX_DEPTH + " deep, or one contains itself");
    }
    if (++types > MAX_TYPES) {
      throw new ExceededException(
          "it has more than " + MAX_TYPES + " types when each reference is written out");
    }
    switch (schema.getType()) {
      case RECORD -> {
        if (schema.getFields().isEmpty()) {
          throw withoutBytes("the record " + schema.getFullName() + " has no fields");
        }
        schema.getFields().forEach(field -> visit(field.schema(), depth + 1));
      }
      case ARRAY -> visit(schema.getElementType(), depth + 1);
      case MAP -> visit(schema.getValueType(), depth + 1);
      case UNION -> {
        for (Schema branch : schema.getTypes()) {
          if (branch.getType() != Schema.Type.NULL) {
            visit(branch, depth + 1);
          }
        }
      }
      case NULL -> throw withoutBytes("null stands outside a union");
      case FIXED -> {
        if (schema.getFixedSize() == 0) {
          throw withoutBytes("the fixed " + schema.getFullName() + " has the size 0");
        }
      }
      default -> {
        // Numbers, texts, bytes and enums take at least one byte.
      }
    }
  }

  private static ExceededException withoutBytes(String what) {
    return new ExceededException(what + ", so a value could take no bytes");
  }
}
