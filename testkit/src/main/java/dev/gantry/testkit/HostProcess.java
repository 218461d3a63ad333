package dev.gantry.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A process as proc(5) shows it; with its start time, as ids come again. */
record HostProcess(
    long pid,
    long parent,
    String startTime,
    char state,
    String name,
    String command,
    String cgroup) {
  private static final Set<String> TOOLS =
      Set.of("conmon", "crun", "runc", "catatonit", "runsc", "docker-registry");
  private static final int AFTER_STATE_START_TIME = 19;

  /** Returns the processes that this JVM is answerable for. */
  static List<HostProcess> ours(boolean allTools) {
    Map<Long, HostProcess> processes = read();
    List<HostProcess> ours = new ArrayList<>();
    for (HostProcess process : processes.values()) {
      if (process.pid == ProcessHandle.current().pid()) {
        continue;
      }
      boolean known =
          process.isDescendant(processes)
              || process.cgroup.contains("/" + TestNames.cgroupPrefix())
              || TestDirs.made().stream()
                  .anyMatch(directory -> process.command.contains(directory + "/"));
      if (known || (allTools && TOOLS.contains(process.name))) {
        ours.add(process);
      }
    }
    return ours;
  }

  private boolean isDescendant(Map<Long, HostProcess> processes) {
    long self = ProcessHandle.current().pid();
    long ancestor = parent;
    for (int i = 0; i < processes.size() && ancestor > 1; i++) {
      if (ancestor == self) {
        return true;
      }
      HostProcess process = processes.get(ancestor);
      ancestor = process == null ? 0 : process.parent;
    }
    return false;
  }

  private static Map<Long, HostProcess> read() {
    Map<Long, HostProcess> processes = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path entry : entries) {
        read(entry).ifPresent(process -> processes.put(process.pid, process));
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new IllegalStateException("/proc: " + e.getMessage(), e);
    }
    return processes;
  }

  private static Optional<HostProcess> read(Path directory) {
    try {
      String stat = text(directory.resolve("stat"));
      int open = stat.indexOf('(');
      int close = stat.lastIndexOf(')');
      String[] rest = stat.substring(close + 2).split(" ", -1);
      return Optional.of(
          new HostProcess(
              Long.parseLong(stat.substring(0, open).strip()),
              Long.parseLong(rest[1]),
              rest[AFTER_STATE_START_TIME],
              rest[0].charAt(0),
              stat.substring(open + 1, close),
              text(directory.resolve("cmdline")).replace('\0', ' ').strip(),
              text(directory.resolve("cgroup"))));
    } catch (IOException e) {
      // Ended while this looked at it, which is no leak.
      return Optional.empty();
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  /** Returns what tells this process from every other one. */
  String key() {
    return "process " + pid + " " + startTime;
  }

  @Override
  public String toString() {
    String what = command.isEmpty() ? "[" + name + "]" : command;
    String shown = what.length() > 200 ? what.substring(0, 200) + "…" : what;
    return "process " + pid + (state == 'Z' ? " (zombie) " : " ") + shown;
  }
}
