package dev.gantry.agent.worker;

import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.runtime.RuntimeLabels;
import dev.gantry.agent.runtime.RuntimePod;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import io.grpc.Status.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A runtime in memory, of one pod, with a clock of its own. It may fail any call, before or after
 * its effect, as a daemon does that is killed.
 */
public final class FakeRuntime implements PodRuntime {
  private final TestClock clock;
  private final Random random;
  private final Map<String, Sandbox> sandboxes = new LinkedHashMap<>();
  private final Map<String, Box> containers = new LinkedHashMap<>();
  private int ids;

  /** How many calls of a hundred fail. */
  public volatile int faults;

  /** How many stops of a hundred return before the container has ended. */
  public volatile int sluggish;

  /** Every start of a container: its name. */
  public final List<String> started = new ArrayList<>();

  /** What it was asked to do that no agent may ask. */
  public final List<String> violations = new ArrayList<>();

  /** In which order, and how soon again, containers may start. */
  public final StartRules rules = new StartRules();

  private static final class Sandbox {
    boolean ready = true;
    int attempt;
    Instant created = Instant.EPOCH;
  }

  private static final class Box {
    String sandbox = "";
    String name = "";
    ContainerPhase phase = ContainerPhase.CREATED;
    Instant created = Instant.EPOCH;
    Instant begun = Instant.EPOCH;
    Instant ended = Instant.EPOCH;
    int exit;
    Map<String, String> annotations = Map.of();
  }

  public FakeRuntime(TestClock clock, Random random) {
    this.clock = clock;
    this.random = random;
  }

  private void fault(String what) {
    if (random.nextInt(100) < faults) {
      throw new RuntimeCallException(what, Code.UNAVAILABLE, "killed", new IllegalStateException());
    }
  }

  /** Ends a running container by itself. */
  public synchronized void exit(String name, int code) {
    containers.values().stream()
        .filter(b -> b.name.equals(name) && b.phase == ContainerPhase.RUNNING)
        .forEach(b -> end(b, code));
  }

  private void end(Box box, int code) {
    box.phase = ContainerPhase.EXITED;
    box.exit = code;
    box.ended = clock.instant();
    rules.ended(box.sandbox, box.name, box.created, box.ended, code);
  }

  /** The machine was restarted: nothing runs. */
  public synchronized void reboot() {
    sandboxes.values().forEach(s -> s.ready = false);
    containers.values().stream()
        .filter(b -> b.phase != ContainerPhase.EXITED)
        .forEach(b -> end(b, 255));
  }

  /** The sandbox ends, its containers do not. */
  public synchronized void loseSandbox() {
    sandboxes.values().forEach(s -> s.ready = false);
  }

  /** The names of containers that run. */
  public synchronized List<String> running() {
    return containers.values().stream()
        .filter(b -> b.phase == ContainerPhase.RUNNING)
        .map(b -> b.name)
        .sorted()
        .toList();
  }

  /** Whether nothing is left of the pod. */
  public synchronized boolean empty() {
    return sandboxes.isEmpty() && containers.isEmpty();
  }

  @Override
  public synchronized List<RuntimePod> pods() {
    fault("list");
    if (empty()) {
      return List.of();
    }
    return List.of(
        new RuntimePod(
            "uid",
            "default",
            "pod",
            sandboxes.entrySet().stream()
                .map(e -> new RuntimePod.Sandbox(e.getKey(), e.getValue().ready, 0))
                .toList(),
            containers.entrySet().stream()
                .map(
                    e -> new RuntimePod.Entry(e.getKey(), e.getValue().name, e.getValue().phase, 0))
                .toList()));
  }

  @Override
  public synchronized PodSnapshot inspect(String uid) {
    fault("inspect");
    List<PodSnapshot.Sandbox> all = new ArrayList<>();
    sandboxes.forEach((id, s) ->
        all.add(
            new PodSnapshot.Sandbox(
                id, s.ready, s.attempt, s.created, List.of("10.0.0.2"), false)));
    List<RuntimeContainer> boxes = new ArrayList<>();
    containers.forEach((id, b) -> boxes.add(container(id, b)));
    all.sort(Comparator.comparing(PodSnapshot.Sandbox::createdAt).reversed());
    boxes.sort(Comparator.comparing(RuntimeContainer::createdAt).reversed());
    return new PodSnapshot(uid, clock.instant(), all, boxes);
  }

  private static RuntimeContainer container(String id, Box b) {
    return new RuntimeContainer(
        id,
        b.sandbox,
        b.name,
        b.phase,
        b.created,
        b.begun,
        b.ended,
        b.exit,
        "",
        "",
        "image",
        "image",
        "",
        b.annotations,
        Map.of());
  }

  @Override
  public synchronized String runSandbox(PodSandboxConfig config, String handler) {
    fault("run");
    if (sandboxes.values().stream().anyMatch(s -> s.ready)) {
      violations.add("a second sandbox");
    }
    String id = "s" + ids++;
    Sandbox sandbox = new Sandbox();
    sandbox.attempt = config.getMetadata().getAttempt();
    sandbox.created = clock.instant();
    sandboxes.put(id, sandbox);
    fault("run");
    return id;
  }

  @Override
  public synchronized void stopSandbox(String id) {
    fault("stop");
    Sandbox sandbox = sandboxes.get(id);
    if (sandbox != null) {
      sandbox.ready = false;
      containers.values().stream()
          .filter(b -> b.sandbox.equals(id) && b.phase != ContainerPhase.EXITED)
          .forEach(b -> end(b, 137));
    }
    fault("stop");
  }

  @Override
  public synchronized void removeSandbox(String id) {
    fault("remove");
    sandboxes.remove(id);
    containers.values().removeIf(b -> b.sandbox.equals(id));
    fault("remove");
  }

  @Override
  public synchronized String createContainer(
      String sandboxId, ContainerConfig config, PodSandboxConfig sandbox) {
    fault("create");
    Sandbox in = sandboxes.get(sandboxId);
    if (in == null || !in.ready) {
      throw new RuntimeCallException(
          "create", Code.NOT_FOUND, "no sandbox", new IllegalStateException());
    }
    String id = "c" + ids++;
    Box box = new Box();
    box.sandbox = sandboxId;
    box.name = config.getMetadata().getName();
    box.created = clock.instant();
    box.annotations =
        Map.of(
            RuntimeLabels.RESTART_COUNT, Integer.toString(config.getMetadata().getAttempt()),
            RuntimeLabels.SPEC_HASH, config.getAnnotationsOrDefault(RuntimeLabels.SPEC_HASH, ""));
    containers.put(id, box);
    fault("create");
    return id;
  }

  @Override
  public synchronized void startContainer(String id) {
    fault("start");
    Box box = containers.get(id);
    if (box == null || box.phase != ContainerPhase.CREATED) {
      throw new RuntimeCallException(
          "start", Code.FAILED_PRECONDITION, "not created", new IllegalStateException());
    }
    if (running().contains(box.name)) {
      violations.add("a second " + box.name);
    }
    judge(box);
    box.phase = ContainerPhase.RUNNING;
    box.begun = clock.instant();
    started.add(box.name);
    fault("start");
  }

  private void judge(Box box) {
    Sandbox sandbox = sandboxes.get(box.sandbox);
    if (sandbox == null || !sandbox.ready) {
      violations.add(box.name + " in a sandbox that is not ready");
    }
    int attempt = Integer.parseInt(box.annotations.getOrDefault(RuntimeLabels.RESTART_COUNT, "0"));
    rules.started(box.sandbox, box.name, attempt, clock.instant(), violations);
  }

  @Override
  public synchronized void stopContainer(String id, Duration grace) {
    fault("stop");
    Box box = containers.get(id);
    boolean heard = random.nextInt(100) >= sluggish;
    if (heard && box != null && box.phase != ContainerPhase.EXITED) {
      end(box, 143);
    }
    fault("stop");
  }

  @Override
  public synchronized void removeContainer(String id) {
    fault("remove");
    Box box = containers.get(id);
    if (box != null && box.phase == ContainerPhase.RUNNING) {
      violations.add("removed " + box.name + ", which runs");
    }
    containers.remove(id);
    fault("remove");
  }

  @Override
  public synchronized ExecResult exec(String containerId, List<String> command, Duration limit) {
    return new ExecResult(0, "");
  }

  @Override
  public synchronized Optional<Image> image(String name) {
    fault("image");
    return Optional.of(new Image("sha256:1", Optional.empty(), ""));
  }

  @Override
  public synchronized void pull(String name, List<AuthConfig> auths, PodSandboxConfig sandbox) {
    fault("pull");
  }
}
