package dev.gantry.container;

import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The OCI runtime by its command line. */
final class RuntimeCli implements AutoCloseable {
  private static final int MAX_OUTPUT_BYTES = 64 << 10;

  private final RuntimeConfig config;
  private final RuntimeFlavor flavor;
  private final RuntimeProgram executed;

  RuntimeCli(RuntimeConfig config, RuntimeFlavor flavor) {
    this.config = config;
    this.flavor = flavor;
    this.executed = new RuntimeProgram(config.binary(), flavor);
  }

  /** The file to execute for it. */
  Path executed() {
    return executed.path();
  }

  /** The full command line of a command of the runtime. */
  List<String> argv(List<String> command) {
    List<String> argv = new ArrayList<>();
    argv.add(config.binary().toString());
    argv.addAll(ConmonCommand.runtimeOptions(config, flavor));
    argv.addAll(command);
    return argv;
  }

  /** A process of the runtime for a command. */
  Spawn spawn(List<String> command) {
    return Spawn.of(argv(command))
        .executing(executed.path())
        .env("PATH", ConmonCommand.SEARCH_PATH);
  }

  /** Runs a command to its end, with nothing as input. */
  Spawn.Result run(Duration deadline, String... command) throws IOException {
    return spawn(List.of(command)).run(deadline, MAX_OUTPUT_BYTES);
  }

  /**
   * Runs a command that must succeed.
   *
   * @param what it is for, verb and object
   */
  void must(String what, String... command) throws RuntimeFailure {
    try {
      Spawn.Result result = run(config.commandDeadline(), command);
      if (result.timedOut()) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.TIMED_OUT,
            what + ": " + config.binary() + " did not end within " + config.commandDeadline());
      }
      if (!result.success()) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.RUNTIME,
            what + ": " + program() + ": " + Failures.clean(result.stderr()));
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** The program's name for messages. */
  String program() {
    return config.binary().getFileName().toString();
  }

  /**
   * Whether the bundle's configuration has hooks, which only the runtime itself can run. A mention
   * of the word elsewhere costs a process, no more.
   */
  static boolean mayHaveHooks(Path bundle) {
    try {
      return Files.readString(bundle.resolve("config.json")).contains("\"hooks\"");
    } catch (IOException unreadable) {
      return true;
    }
  }

  @Override
  public void close() {
    executed.close();
  }
}
