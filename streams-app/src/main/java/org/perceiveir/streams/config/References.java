package org.perceiveir.streams.config;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Values that stand elsewhere, so that a secret need not stand in the configuration. Written as
 * Kafka's own configuration providers have it:
 *
 * <pre>
 *   ${env:NAME}          an environment variable
 *   ${file:PATH:KEY}     a key of a file of Java properties
 *   ${dir:PATH:FILE}     the whole content of a file, as Docker and Kubernetes mount secrets
 * </pre>
 *
 * <p>What came from a reference is never shown: no message about such a key names its value.
 */
public final class References {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(env|file|dir):(?:([^}:]*):)?([^}]*)}");

  private References() {}

  /**
   * A text of a user with its references resolved by this process' environment, for options that
   * may hold a secret.
   *
   * @param name what messages call the text
   * @return the text itself if it has no references
   * @throws ConfigurationException if what a reference names is not there
   */
  public static String resolve(String name, String text) {
    return resolve(Map.of(name, text), System.getenv()).values().getOrDefault(name, text);
  }

  /**
   * Settings with their references resolved.
   *
   * @param values all settings
   * @param hidden keys whose value came from a reference
   */
  record Resolved(Map<String, String> values, Set<String> hidden) {}

  /**
   * Resolves all references.
   *
   * @param environment the variables that {@code env} sees
   * @throws ConfigurationException if what a reference names is not there
   */
  static Resolved resolve(Map<String, String> settings, Map<String, String> environment) {
    Map<String, String> values = new TreeMap<>();
    Set<String> hidden = new HashSet<>();
    try (EnvVarConfigProvider env = new EnvVarConfigProvider(environment);
        FileConfigProvider file = new FileConfigProvider();
        DirectoryConfigProvider dir = new DirectoryConfigProvider()) {
      Map<String, ConfigProvider> providers = Map.of("env", env, "file", file, "dir", dir);
      providers.values().forEach(provider -> provider.configure(Map.of()));
      settings.forEach(
          (key, value) -> {
            Matcher reference = REFERENCE.matcher(value);
            if (!reference.find()) {
              values.put(key, value);
              return;
            }
            hidden.add(key);
            values.put(
                key,
                reference.replaceAll(
                    found -> Matcher.quoteReplacement(lookUp(providers, key, found))));
          });
    } catch (IOException e) {
      throw new ConfigurationException("a reference of the configuration cannot be read: " + e, e);
    }
    return new Resolved(values, hidden);
  }

  private static String lookUp(
      Map<String, ConfigProvider> providers, String key, MatchResult reference) {
    ConfigProvider provider = providers.get(reference.group(1));
    String path = reference.group(2) == null ? "" : reference.group(2);
    String name = reference.group(3);
    boolean needsPath = !reference.group(1).equals("env");
    if (provider == null || name.isBlank() || needsPath == path.isBlank()) {
      throw new ConfigurationException(
          key,
          reference.group(),
          "no such reference",
          "write ${env:NAME}, ${file:PATH:KEY} or ${dir:PATH:FILE}");
    }
    try {
      ConfigData data = provider.get(path, Set.of(name));
      String found = data.data().get(name);
      if (found == null) {
        throw new ConfigurationException(
            key,
            reference.group(),
            "there is no " + name + (needsPath ? " in " + path : " in the environment"),
            "put it there, or correct the reference");
      }
      // A file that an editor or a secret store wrote ends in a line feed, which no secret means.
      return found.strip();
    } catch (ConfigException | InvalidPathException e) {
      throw new ConfigurationException(
          key
              + "="
              + reference.group()
              + ": "
              + path
              + " cannot be read; name a readable file or folder",
          e);
    }
  }
}
