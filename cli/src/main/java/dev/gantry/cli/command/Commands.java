package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.demo.Demo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Every command by name, in the order in which the help lists them. */
public final class Commands {
  private static final Map<String, Function<Session, Object>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("demo", Demo::new);
    ALL.put("up", Up::new);
    ALL.put("down", Down::new);
    ALL.put("get", Get::new);
    ALL.put("describe", Describe::new);
    ALL.put("debug", DebugPod::new);
    ALL.put("node", NodeHelp::new);
    ALL.put("run", Run::new);
    ALL.put("daemon", DaemonHelp::new);
    ALL.put("doctor", Doctor::new);
    ALL.put("config", Config::new);
    ALL.put("pods", Pods::new);
    ALL.put("ps", Ps::new);
    ALL.put("images", Images::new);
    ALL.put("pull", Pull::new);
    ALL.put("pulls", Pulls::new);
    ALL.put("push", Push::new);
    ALL.put("import", Import::new);
    ALL.put("export", Export::new);
    ALL.put("tag", Tag::new);
    ALL.put("untag", Untag::new);
    ALL.put("rmi", Rmi::new);
    ALL.put("prune", Prune::new);
    ALL.put("check-images", CheckImages::new);
    ALL.put("runp", Runp::new);
    ALL.put("stopp", Stopp::new);
    ALL.put("rmp", Rmp::new);
    ALL.put("create", Create::new);
    ALL.put("start", Start::new);
    ALL.put("stop", Stop::new);
    ALL.put("rm", Rm::new);
    ALL.put("exec", Exec::new);
    ALL.put("attach", Attach::new);
    ALL.put("port-forward", PortForward::new);
    ALL.put("logs", Logs::new);
    ALL.put("stats", Stats::new);
    ALL.put("inspect", Inspect::new);
    ALL.put("inspectp", Inspectp::new);
    ALL.put("inspecti", Inspecti::new);
    ALL.put("info", RuntimeInfo::new);
    ALL.put("version", Version::new);
    ALL.put("imagefsinfo", ImageFsInfo::new);
    ALL.put("bench", BenchHelp::new);
    ALL.put("train-aot", TrainAot::new);
  }

  // The other names of commands, as in crictl and kubectl.
  private static final Map<String, String> ALIASES =
      Map.of("image", "images", "img", "images", "apply", "up", "delete", "down");

  private static final Set<String> TAKING_COMMANDS = Set.of("run", "exec");

  private Commands() {}

  /**
   * Adds the commands that {@code args} may mean: reading the annotations of all of them would take
   * longer than most calls. Without a known name all are added, for the help and for suggestions.
   */
  public static void addTo(CommandLine line, Session session, String... args) {
    List<String> named =
        Arrays.stream(args)
            .map(a -> ALIASES.getOrDefault(a, a))
            .filter(ALL::containsKey)
            .distinct()
            .toList();
    for (String name : named.isEmpty() ? List.copyOf(ALL.keySet()) : named) {
      Function<Session, Object> maker = ALL.get(name);
      if (maker != null) {
        line.addSubcommand(maker.apply(session));
      }
    }
    // What follows the image or the container is the command's, options and all.
    line.getSubcommands().values().stream()
        .filter(command -> TAKING_COMMANDS.contains(command.getCommandName()))
        .forEach(command -> command.setStopAtPositional(!isKubectls(command, session, args)));
  }

  /**
   * Whether a command line is in kubectl's form: {@code exec POD -c NAME -- COMMAND}, where options
   * may follow the pod and all behind the dashes is the command. With crictl's form ({@code exec ID
   * COMMAND}) the command begins right behind the container, and dashes are its own.
   */
  private static boolean isKubectls(CommandLine command, Session session, String... args) {
    List<String> all = List.of(args);
    int name = all.indexOf(command.getCommandName());
    int dashes = all.indexOf("--");
    if (!command.getCommandName().equals("exec") || name < 0 || dashes < name) {
      return false;
    }
    CommandLine trial =
        new CommandLine(new Exec(session)).setCaseInsensitiveEnumValuesAllowed(true);
    try {
      var result = trial.parseArgs(all.subList(name + 1, dashes).toArray(String[]::new));
      return result.matchedPositionals().stream()
              .mapToInt(positional -> positional.originalStringValues().size())
              .sum()
          <= 1;
    } catch (CommandLine.ParameterException e) {
      return false; // the real parsing says what is wrong
    }
  }

  /** The name of every command, for the shell and for tests. */
  static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** {@code daemon} in the list of commands; {@code Main} runs the real one before picocli. */
  @Command(name = "daemon", description = "Serve CRI: the container runtime itself")
  static final class DaemonHelp implements Runnable {
    DaemonHelp(Session session) {}

    @Override
    public void run() {
      throw CliFailure.usage("daemon: must be the first argument, its own options follow it");
    }
  }

  /** {@code node} in the list of commands; {@code Main} runs the real one before picocli. */
  @Command(name = "node", description = "Run pods on this machine: runtime and node agent")
  static final class NodeHelp implements Runnable {
    NodeHelp(Session session) {}

    @Override
    public void run() {
      throw CliFailure.usage("node: must be the first argument, its own options follow it");
    }
  }

  /** {@code bench} in the list of commands; {@code Main} runs the real one before picocli. */
  @Command(name = "bench", description = "Measure Gantry, or any CRI runtime")
  static final class BenchHelp implements Runnable {
    BenchHelp(Session session) {}

    @Override
    public void run() {
      throw CliFailure.usage("bench: must be the first argument, its own options follow it");
    }
  }
}
