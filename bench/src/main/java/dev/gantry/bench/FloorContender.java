package dev.gantry.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * The same steps run bare by a script, {@code floor.sh}, which waits for its commands: neither its
 * start nor what it writes beforehand is timed. Pods at a time have a script each.
 */
final class FloorContender implements Contender {
  private final String name;
  private final Map<String, String> environment;
  private final Path script;
  private final Path log;
  private final Deque<Script> idle = new ArrayDeque<>();

  private FloorContender(String name, Map<String, String> environment, Path script, Path log) {
    this.name = name;
    this.environment = environment;
    this.script = script;
    this.log = log;
  }

  /**
   * Prepares it.
   *
   * @param runtime the OCI runtime's binary
   */
  static FloorContender make(
      String name, Workspace workspace, FloorTemplate template, Path runtime, Path plugins)
      throws IOException {
    Path state = Files.createDirectories(workspace.state().resolve("floor"));
    Path root = Files.createDirectories(workspace.root().resolve("floor"));
    Path config = root.resolve("config-" + name.replace(' ', '-') + ".json");
    Files.writeString(config, template.config());
    return new FloorContender(
        name,
        Map.of(
            "FLOOR_STATE", state.toString(),
            "FLOOR_ROOT", root.toString(),
            "FLOOR_LOWER", BusyboxArchive.files(workspace.root()).toString(),
            "FLOOR_CONFIG", config.toString(),
            "FLOOR_PLUGINS", plugins.toString(),
            "FLOOR_NETWORK", workspace.pluginConfig().toString(),
            "FLOOR_RUNTIME", runtime.toString(),
            "FLOOR_CGROUP", workspace.cgroup()),
        Programs.script("floor.sh", root),
        root.resolve("floor.log"));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Pod prepare(String id) throws IOException {
    Script free;
    synchronized (idle) {
      free = idle.poll();
    }
    Script script = free == null ? new Script(start()) : free;
    script.command("prepare", id);
    return new FloorPod(id, script);
  }

  private Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString())
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  @Override
  public void close() {
    synchronized (idle) {
      idle.forEach(Script::close);
      idle.clear();
    }
  }

  /** A running script. */
  private final class Script {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    Script(Process process) {
      this.process = process;
      this.commands = process.outputWriter();
      this.answers = process.inputReader();
    }

    /** Gives a command and returns the words of its answer after {@code ok}. */
    String[] command(String verb, String id) throws IOException {
      commands.write(verb + " " + id + "\n");
      commands.flush();
      String answer = answers.readLine();
      if (answer == null || !answer.startsWith("ok")) {
        throw new IOException(name + ": " + verb + " " + id + ": " + answer + "; see " + log);
      }
      return answer.substring(2).strip().split(" ", -1);
    }

    void close() {
      try {
        commands.close();
        if (!Programs.await(process)) {
          process.destroyForcibly();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final class FloorPod implements Pod {
    private final String id;
    private final Script script;

    FloorPod(String id, Script script) {
      this.id = id;
      this.script = script;
    }

    @Override
    public void up(Timings timings) throws IOException {
      put(timings, "", POD_START, script.command("up", id));
    }

    @Override
    public void use(Timings timings) throws IOException {
      put(timings, "", "exec", script.command("use", id));
    }

    @Override
    public void down(Timings timings) throws IOException {
      put(timings, "end: ", POD_END, script.command("down", id));
      synchronized (idle) {
        idle.add(script);
      }
    }

    private static void put(Timings timings, String prefix, String total, String[] steps) {
      for (String step : steps) {
        int equals = step.indexOf('=');
        String name = step.substring(0, equals);
        double millis = Long.parseLong(step.substring(equals + 1)) / 1000.0;
        timings.put(name.equals("total") ? total : prefix + name, millis);
      }
    }
  }
}
