package org.perceiveir.streams.config;

import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** Limits of values that more than one key has; each prints as its own description. */
final class KeyRules {
  private KeyRules() {}

  static ConfigDef.Validator filled() {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          if (value == null || String.valueOf(value).isBlank()) {
            throw new ConfigException(name, value, "is empty");
          }
        },
        () -> "not empty");
  }

  static ConfigDef.Validator matching(String pattern, String limit) {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          if (!String.valueOf(value).matches(pattern)) {
            throw new ConfigException(name, value, limit);
          }
        },
        () -> limit);
  }

  static ConfigDef.Validator topicName() {
    return matching(
        "(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}",
        "a topic name: 1 to 249 letters, digits, '.', '_' or '-'");
  }

  static ConfigDef.Validator offOrFrom(long least, long most) {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          long amount = (Long) Objects.requireNonNull(value);
          if (amount != -1 && (amount < least || amount > most)) {
            throw new ConfigException(name, value, "not allowed");
          }
        },
        () -> "-1 or from " + least + " to " + most);
  }

  static ConfigDef.Validator retention() {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          long amount = (Long) Objects.requireNonNull(value);
          if (amount != -1 && amount < 1) {
            throw new ConfigException(name, value, "not allowed");
          }
        },
        () -> "-1 or at least 1");
  }
}
