package org.perceiveir.trainer.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces environment variables in values, since paths differ from machine to machine.
 *
 * <pre>
 *   ${NAME}             the variable, which must be set
 *   ${NAME:-otherwise}  what follows the dash where it is not set or empty
 *   $${                 the signs ${ themselves; any other dollar sign stays
 * </pre>
 *
 * <p>What a variable holds is not looked through again.
 */
final class Environment {
  private static final Pattern USE =
      Pattern.compile("(\\$\\$\\{)|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\\})?");

  private final Map<String, String> variables;

  Environment(Map<String, String> variables) {
    this.variables = variables;
  }

  static boolean isUsedIn(String text) {
    return text.contains("${");
  }

  /**
   * The text with variables replaced.
   *
   * @throws IllegalArgumentException naming what is not set or malformed
   */
  String replace(String text) {
    Matcher use = USE.matcher(text);
    StringBuilder replaced = new StringBuilder();
    while (use.find()) {
      use.appendReplacement(replaced, Matcher.quoteReplacement(value(text, use)));
    }
    return use.appendTail(replaced).toString();
  }

  private String value(String text, Matcher use) {
    if (use.group(1) != null) {
      return "${";
    }
    String name = use.group(2);
    if (name == null) {
      throw new IllegalArgumentException(
          "is '"
              + text
              + "': write ${NAME} or ${NAME:-otherwise}, or $${ where no variable is meant");
    }
    String value = variables.getOrDefault(name, "");
    String otherwise = use.group(3);
    if (!value.isEmpty()) {
      return value;
    }
    if (otherwise == null) {
      throw new IllegalArgumentException(
          "is '"
              + text
              + "': the environment variable "
              + name
              + " is not set; set it, or write ${"
              + name
              + ":-otherwise}");
    }
    return otherwise;
  }
}
