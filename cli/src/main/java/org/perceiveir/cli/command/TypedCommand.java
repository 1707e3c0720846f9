package org.perceiveir.cli.command;

import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The command as it was typed, for records that are given away; of each path only its last name,
 * because where its maker keeps his files is nobody's business.
 */
final class TypedCommand {
  private TypedCommand() {}

  /** What a shell would take, from {@code ./perceive} on. */
  static String of(CommandSpec spec) {
    return "./perceive "
        + spec.root().commandLine().getParseResult().originalArgs().stream()
            .map(TypedCommand::withoutFolders)
            .map(a -> a.matches("[\\w@%+=:,./-]+") ? a : "'" + a.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
  }

  static String withoutFolders(String argument) {
    // --option=PATH, NAME=PATH of an option that takes a map, and --set key.path=PATH.
    int equals = argument.matches("[\\w.-]+=.*") ? argument.indexOf('=') + 1 : 0;
    Path name = Path.of(argument.substring(equals)).getFileName();
    return argument.substring(0, equals) + (name == null ? "" : name);
  }
}
