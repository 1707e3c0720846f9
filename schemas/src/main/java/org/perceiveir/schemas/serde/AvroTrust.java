package org.perceiveir.schemas.serde;

import org.apache.avro.util.ClassSecurityValidator;
import org.apache.avro.util.ClassSecurityValidator.ClassSecurityPredicate;
import org.perceiveir.schemas.avro.Frame;

/**
 * Tells Avro that the classes generated from this module's schemas may be instantiated.
 *
 * <p>Since 1.12.2 Avro refuses to read or write a generated class that it was not told to trust
 * ({@code SecurityException: Forbidden ...}). {@link ConfluentAvroSerde} calls this class itself;
 * only code that uses Avro's own readers and writers on these classes has to.
 */
public final class AvroTrust {
  private static final String TRUSTED_PACKAGE = Frame.class.getPackageName();

  static {
    ClassSecurityPredicate before = ClassSecurityValidator.getGlobal();
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            before, type -> type.getPackageName().equals(TRUSTED_PACKAGE)));
  }

  private AvroTrust() {}

  /**
   * Adds the package of the generated classes, and nothing else, to what Avro trusts in this JVM.
   * Further calls change nothing.
   */
  public static void install() {
    // The static initialiser has done it, once.
  }
}
