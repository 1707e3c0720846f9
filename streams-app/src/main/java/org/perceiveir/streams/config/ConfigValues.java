package org.perceiveir.streams.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Values of all keys of a configuration, parsed and each within its limit; the sections of the
 * configuration read theirs from it.
 */
final class ConfigValues {
  private final Map<String, Object> values;

  ConfigValues(Map<String, Object> values) {
    this.values = Map.copyOf(values);
  }

  String string(String key) {
    return (String) get(key);
  }

  int integer(String key) {
    return (Integer) get(key);
  }

  short shortValue(String key) {
    return (Short) get(key);
  }

  long longValue(String key) {
    return (Long) get(key);
  }

  double doubleValue(String key) {
    return (Double) get(key);
  }

  boolean flag(String key) {
    return (Boolean) get(key);
  }

  /** The elements of a key of type LIST. */
  List<String> list(String key) {
    return ((List<?>) get(key)).stream().map(String::valueOf).toList();
  }

  private Object get(String key) {
    return Objects.requireNonNull(values.get(key), key);
  }
}
