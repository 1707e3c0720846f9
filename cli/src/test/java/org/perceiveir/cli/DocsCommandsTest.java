package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Each {@code ./perceive} in the pages, and each {@code bin/perceive} of the archive, names a
 * command that there is, with options that it has. Values are not looked at: most are places where
 * the reader's own name goes.
 */
class DocsCommandsTest {
  private static final String LAUNCHER = "./perceive";

  /** That of a checkout, and that of the archive, called where it lies or by its place. */
  private static final Pattern LAUNCHERS = Pattern.compile("(\\./|\\S*\\bbin/)perceive +");

  /** The launcher's own command, for it needs Maven; LauncherTest calls it. */
  private static final Pattern PACKAGE = Pattern.compile("package( --help)?( *#.*)?");

  private static final CommandSpec COMMANDS = Perceive.commandLine().getCommandSpec();

  /** Programs of other people in the pages' shell lines, with why this test cannot judge them. */
  private static final Map<String, String> NOT_CHECKED =
      Map.ofEntries(
          Map.entry("docker", "needs a Docker engine"),
          Map.entry("docker-compose", "needs Debian's package docker-compose"),
          Map.entry("mvn", "is the build itself"),
          Map.entry("git", "needs an address to clone from"),
          Map.entry("cd", "changes the folder of the reader's shell"),
          Map.entry("mkdir", "makes a folder for the command after it"),
          Map.entry("rm", "removes what the commands before it made"),
          Map.entry("grep", "looks into files that a command before it wrote"),
          Map.entry("export", "sets variables of the reader's shell"),
          Map.entry("tar", "unpacks the archive, whose launcher ArchiveIT calls"),
          Map.entry("install", "puts the configuration under /etc"),
          Map.entry("cp", "puts the unit under /etc"),
          Map.entry("systemctl", "needs systemd as the first process"),
          Map.entry("pip", "fetches packages"),
          Map.entry("python3", "is another language; examples/python has its own tests"));

  /** Placeholders of the pages. */
  private static final Set<String> FILL_IN = Set.of("...", "COMMAND");

  private static final Pattern WORD = Pattern.compile("'[^']*'|\"[^\"]*\"|\\S+");
  private static final Set<String> ENDS = Set.of("|", ">", "&", "&&", ";", "||", "2>", "2>&1");

  /**
   * A line of a page.
   *
   * @param place page and line number
   * @param text without the launcher
   */
  private record Call(String place, String text) {}

  private static List<Call> calls(boolean blocks) {
    List<Call> calls = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (MarkdownPage.Line line : blocks ? joined(page.code()) : page.spans()) {
        Matcher launcher = LAUNCHERS.matcher(line.text());
        if (launcher.lookingAt()) {
          String call = line.text().substring(launcher.end()).strip();
          if (!PACKAGE.matcher(call).matches()) {
            calls.add(new Call(page.path() + ":" + line.number(), call));
          }
        }
      }
    }
    return calls;
  }

  /** Lines that end with a backslash, with the next one. */
  private static List<MarkdownPage.Line> joined(List<MarkdownPage.Line> code) {
    List<MarkdownPage.Line> whole = new ArrayList<>();
    String begun = "";
    for (MarkdownPage.Line line : code) {
      String text = begun + line.text();
      if (text.endsWith("\\")) {
        begun = text.substring(0, text.length() - 1);
      } else {
        whole.add(new MarkdownPage.Line(line.number(), text, line.language()));
        begun = "";
      }
    }
    return whole;
  }

  @Test
  void shouldNameCommandsAndOptionsThatThereAre() {
    List<Call> calls = new ArrayList<>(calls(true));
    calls.addAll(calls(false));
    List<String> wrong = new ArrayList<>();
    calls.forEach(call -> wrong.addAll(faults(call, false)));

    assertThat(calls).hasSizeGreaterThan(100);
    assertThat(wrong).isEmpty();
  }

  /** What stands in a block is copied as it is; within a sentence a command may be named only. */
  @Test
  void shouldGiveEachRequiredOptionInCodeBlocks() {
    List<String> wrong = new ArrayList<>();
    calls(true).forEach(call -> wrong.addAll(faults(call, true)));

    assertThat(wrong).isEmpty();
  }

  @Test
  void shouldTellWhichShellLinesCannotBeChecked() {
    Set<String> others = new TreeSet<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (MarkdownPage.Line line : joined(page.code())) {
        boolean shell = Set.of("sh", "bash", "shell", "console").contains(line.language());
        String text = line.text().replaceFirst("^([A-Z_]+=\\S* +)*", "");
        if (shell
            && !text.isEmpty()
            && !text.startsWith("#")
            && !LAUNCHERS.matcher(text).lookingAt()) {
          others.add(text.replaceFirst("\\s.*", ""));
        }
      }
    }

    assertThat(NOT_CHECKED.keySet()).containsAll(others);
  }

  /** A command that no page names is not found either. */
  @Test
  void shouldNameEveryCommandOnTheFrontPage() {
    String front =
        MarkdownPage.all().stream()
            .filter(page -> page.path().toString().equals("README.md"))
            .flatMap(page -> page.spans().stream())
            .map(MarkdownPage.Line::text)
            .collect(Collectors.joining("|", "|", "|"));
    Set<String> missing = new TreeSet<>();
    for (String command : leaves()) {
      String own = command.replaceFirst("^.* ", "");
      if (!front.contains("|" + command + "|") && !front.contains("|" + own + "|")) {
        missing.add(command);
      }
    }

    assertThat(missing).isEmpty();
  }

  private static List<String> leaves() {
    List<String> leaves = new ArrayList<>();
    Deque<CommandLine> open = new ArrayDeque<>(List.of(Perceive.commandLine()));
    while (!open.isEmpty()) {
      CommandLine next = open.pop();
      if (next.getSubcommands().isEmpty()) {
        leaves.add(next.getCommandSpec().qualifiedName(" ").replaceFirst("^perceive ?", ""));
      }
      open.addAll(next.getSubcommands().values());
    }
    return leaves;
  }

  private static List<String> faults(Call call, boolean whole) {
    List<String> faults = new ArrayList<>();
    CommandSpec command = COMMANDS;
    Set<ArgSpec> given = new HashSet<>();
    boolean asksForHelp = false;
    Deque<String> words = words(call.text());
    while (!words.isEmpty()) {
      String word = words.pop();
      CommandLine sub = command.subcommands().get(word);
      if (FILL_IN.contains(word)) {
        return List.of();
      } else if (word.startsWith("--") || word.matches("-[a-zA-Z]")) {
        String name = word.replaceFirst("=.*", "");
        OptionSpec option = command.findOption(name);
        if (option == null) {
          faults.add("no option " + name);
        } else {
          given.add(option);
          asksForHelp |= option.usageHelp() || option.versionHelp();
          for (int i = 0;
              i < option.arity().min() && !word.contains("=") && !words.isEmpty();
              i++) {
            words.pop();
          }
        }
      } else if (sub != null) {
        command = sub.getCommandSpec();
      } else if (command.positionalParameters().isEmpty()) {
        faults.add(
            (command.subcommands().isEmpty() ? "takes no word such as " : "no command ") + word);
      }
    }
    if (whole && !asksForHelp) {
      if (!command.subcommands().isEmpty()) {
        faults.add("a command is missing");
      }
      for (ArgSpec needed : command.requiredArgs()) {
        if (needed instanceof OptionSpec option && !given.contains(option)) {
          faults.add("needs " + option.longestName());
        }
      }
    }
    String of = call.place() + ": " + LAUNCHER + " " + call.text() + ": ";
    return faults.stream().map(fault -> of + fault).toList();
  }

  /** The words of a call up to its comment, pipe or redirection. */
  private static Deque<String> words(String text) {
    Deque<String> words = new ArrayDeque<>();
    for (String word : WORD.matcher(text).results().map(MatchResult::group).toList()) {
      if (word.startsWith("#") || ENDS.contains(word)) {
        break;
      }
      // [--option VALUE] may be left out.
      words.addAll(Arrays.asList(word.replaceAll("^\\[|\\]$", "").split(" ", -1)));
    }
    return words;
  }
}
