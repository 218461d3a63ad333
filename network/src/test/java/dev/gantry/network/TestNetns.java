package dev.gantry.network;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A network namespace of the host's own {@code ip netns}, with what runs in it. */
final class TestNetns implements AutoCloseable {
  private final String name = "gnt-" + UUID.randomUUID().toString().substring(0, 8);
  private final List<Process> processes = new ArrayList<>();

  TestNetns() {
    Shell.run("ip", "netns", "add", name);
  }

  String name() {
    return name;
  }

  Path path() {
    return Path.of("/run/netns", name);
  }

  String run(String... command) {
    return Shell.run(inside(command));
  }

  void start(String... command) {
    processes.add(Shell.start(inside(command)));
  }

  private String[] inside(String... command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  void delete() {
    for (Process process : processes) {
      process.destroyForcibly();
      process.onExit().join();
    }
    processes.clear();
    if (Files.exists(path())) {
      Shell.run("ip", "netns", "delete", name);
    }
  }

  @Override
  public void close() {
    delete();
  }
}
