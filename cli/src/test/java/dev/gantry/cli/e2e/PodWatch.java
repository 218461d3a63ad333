package dev.gantry.cli.e2e;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.node.NodeClient;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What becomes of pods, as the node's API, their events and their logs tell. */
final class PodWatch {
  private static final Duration LIMIT =
      Duration.ofSeconds(Integer.getInteger("gantry.e2e.limit", 90));

  private final NodeClient node;
  private final Path logs;
  private final Supplier<String> agentLog;

  PodWatch(NodeClient node, Path logs, Supplier<String> agentLog) {
    this.node = node;
    this.logs = logs;
    this.agentLog = agentLog;
  }

  /** Deletes a pod and waits until nothing of it is left. */
  void deleteAndAwaitGone(String name) {
    deleteAndAwaitGone(name, Optional.empty());
  }

  /** The same with another grace than the pod's. */
  void deleteAndAwaitGone(String name, Optional<Duration> grace) {
    node.delete(new ObjectKey("Pod", "default", name), grace);
    awaitGone(name);
  }

  void awaitGone(String name) {
    await("pod " + name + " is gone", () -> find(name).isEmpty(), () -> describe(name));
  }

  Optional<Pod> find(String name) {
    return node.pods().stream().filter(p -> p.metadata().name().equals(name)).findFirst();
  }

  Pod pod(String name) {
    return find(name).orElseThrow(() -> new AssertionError("no pod " + name));
  }

  /** Waits for a pod to be as wanted. */
  Pod await(String name, Predicate<Pod> wanted) {
    List<Pod> last = new ArrayList<>();
    await(
        "pod " + name + " is as wanted",
        () -> {
          last.clear();
          find(name).filter(PodWatch::reported).ifPresent(last::add);
          return last.stream().anyMatch(wanted);
        },
        () -> describe(name));
    return last.getFirst();
  }

  /** Whether its containers have been looked at for the first time. */
  private static boolean reported(Pod pod) {
    return !pod.status().containerStatuses().isEmpty();
  }

  /** Something that may become true. */
  interface Condition {
    boolean met() throws IOException;
  }

  void await(String what, Condition condition, Supplier<String> why) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      while (!condition.met()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError(what + ": not within " + LIMIT + "\n" + why.get());
        }
        Processes.pause();
      }
    } catch (IOException e) {
      throw new AssertionError(what, e);
    }
  }

  /** A pod's status and events, for whoever has to find out what went wrong. */
  String describe(String name) {
    StringBuilder text = new StringBuilder();
    find(name).ifPresent(p -> text.append(Json.pretty(p.status())).append('\n'));
    node.events().stream()
        .filter(e -> e.involvedObject().name().equals(name))
        .forEach(e -> text.append(e.reason()).append(": ").append(e.message()).append('\n'));
    return text.append(agentLog.get()).toString();
  }

  /** The messages of a pod's events of a reason. */
  List<String> messages(String name, String reason) {
    return node.events().stream()
        .filter(e -> e.involvedObject().name().equals(name) && e.reason().equals(reason))
        .map(Event::message)
        .toList();
  }

  /** Waits for an event with a message that contains this. */
  void awaitEvent(String name, String reason, String part) {
    await(
        "event " + reason + " of " + name + " with " + part,
        () -> messages(name, reason).stream().anyMatch(m -> m.contains(part)),
        () -> describe(name));
  }

  static ContainerStatus status(Pod pod, String container) {
    return Stream.of(
            pod.status().containerStatuses(),
            pod.status().initContainerStatuses(),
            pod.status().ephemeralContainerStatuses())
        .flatMap(List::stream)
        .filter(s -> s.name().equals(container))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no status of " + container));
  }

  static String id(ContainerStatus status) {
    return status.containerID().substring(status.containerID().indexOf("://") + 3);
  }

  /** What a container has written, without times and stream names. */
  String log(Pod pod, String container) throws IOException {
    Path directory =
        logs.resolve("default_" + pod.metadata().name() + "_" + pod.metadata().uid())
            .resolve(container);
    StringBuilder text = new StringBuilder();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.log")) {
        for (Path file : files) {
          for (String line : Files.readAllLines(file)) {
            String[] parts = line.split(" ", 4);
            text.append(parts.length > 3 ? parts[3] : "").append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  void awaitLog(String name, String container, String part) {
    await(
        name + " writes " + part,
        () -> log(pod(name), container).contains(part),
        () -> describe(name));
  }
}
