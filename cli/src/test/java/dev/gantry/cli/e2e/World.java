package dev.gantry.cli.e2e;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node for a class of tests: a runtime, the agent, registries, and what the test itself serves.
 */
final class World implements AutoCloseable {
  static final String IMAGE = "test.example/busybox:1";
  private static final Duration LIMIT =
      Duration.ofSeconds(Integer.getInteger("gantry.e2e.limit", 90));

  private final TestDirs dirs = new TestDirs();
  private final InstalledGantry gantry;
  private final Map<String, String> words = new HashMap<>();
  final RuntimeFixture runtime;
  final Registry registry;
  final Registry locked;
  final HostServices services;
  final NodeClient node;
  private @Nullable Process agent;
  private @Nullable CriChannel channel;
  private @Nullable Thread late;

  /** How a runtime is made. */
  interface Maker {
    RuntimeFixture make(TestDirs dirs, InstalledGantry gantry) throws IOException;
  }

  /** Starts everything and declares all pods of the cases. */
  static World start(Maker maker) throws IOException, ManifestException {
    World world = new World(maker);
    boolean started = false;
    try {
      world.boot();
      started = true;
      return world;
    } finally {
      if (!started) {
        world.abandon();
      }
    }
  }

  private World(Maker maker) throws IOException {
    gantry = new InstalledGantry(dirs.dir("home"));
    runtime = maker.make(dirs, gantry);
    registry = Registry.start();
    locked = Registry.startWithLogin();
    services = HostServices.start();
    node = new NodeClient(dirs.dir("k").resolve("n.sock"));
    words.put("IMAGE", IMAGE);
    words.put("HANDLER", runtime.handler());
    words.put("REGISTRY", registry.host());
    words.put("LOCKED", locked.host());
    words.put("LOGIN", Login.dockerConfig(locked.host()));
    words.put("SHARED", shared().toString());
    words.put("HTTP_PORT", Integer.toString(services.httpPort()));
    words.put("GRPC_PORT", Integer.toString(services.grpcPort()));
    words.put("HOST_PORT", Integer.toString(HostServices.freePort()));
    words.put("MARK", String.valueOf(dirs.base().getFileName()));
  }

  private void boot() throws IOException, ManifestException {
    TestImage image = TestImage.busybox();
    registry.push("app", "1", image);
    locked.push("app", "1", image);
    runtime.start();
    runtime.load(Map.of(IMAGE, image));
    declareFile("static", text("static.yaml"));
    startAgent();
    for (String file :
        List.of("life.yaml", "probes.yaml", "hooks.yaml", "images.yaml", "spec.yaml")) {
      apply(text(file));
    }
    late =
        Thread.ofVirtual()
            .name("late image")
            .start(() -> {
              await("late-image", p -> LifeCases.waits(p, "main", "ImagePullBackOff"));
              registry.push("late", "1", image);
            });
  }

  /** A directory of the host that pods mount. */
  Path shared() {
    return dirs.dir("shared");
  }

  /** What a placeholder of the manifests means here. */
  String word(String name) {
    return Objects.requireNonNull(words.get(name));
  }

  /** A manifest of the resources with its placeholders filled in. */
  String text(String file) throws IOException {
    try (InputStream in = World.class.getResourceAsStream("/e2e/" + file)) {
      return filled(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private String filled(String manifest) {
    String text = manifest;
    for (Map.Entry<String, String> word : words.entrySet()) {
      text = text.replace("${" + word.getKey() + "}", word.getValue());
    }
    return text;
  }

  /** Writes a manifest into the directory of static pods. */
  void declareFile(String name, String manifest) throws IOException {
    Path directory = dirs.dir("manifests");
    Path next = Files.writeString(directory.resolve("." + name), filled(manifest));
    Files.move(
        next,
        directory.resolve(name + ".yaml"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Whether a manifest of this name is in the directory of static pods. */
  boolean declared(String name) {
    return Files.exists(dirs.dir("manifests").resolve(name + ".yaml"));
  }

  void removeFile(String name) throws IOException {
    Files.delete(dirs.dir("manifests").resolve(name + ".yaml"));
  }

  /** Applies objects, none of which may be refused. */
  void apply(String manifest) throws IOException, ManifestException {
    for (Applied one : offer(manifest)) {
      if (one.outcome().equals("refused")) {
        throw new AssertionError(one.name() + " is refused: " + one.message());
      }
    }
  }

  /** Applies objects; what became of each. */
  List<Applied> offer(String manifest) throws IOException, ManifestException {
    byte[] bytes = filled(manifest).getBytes(StandardCharsets.UTF_8);
    return node.apply(Manifests.read("test", new ByteArrayInputStream(bytes)));
  }

  /** Deletes a pod and waits until nothing of it is left. */
  void deleteAndAwaitGone(String name) {
    node.delete(new ObjectKey("Pod", "default", name), Optional.empty());
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
          find(name).filter(World::reported).ifPresent(last::add);
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

  void await(String what, Condition condition, java.util.function.Supplier<String> why) {
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
    return text.append(agentLog()).toString();
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
        dirs.dir("logs")
            .resolve("default_" + pod.metadata().name() + "_" + pod.metadata().uid())
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

  /** Runs a command in a container; its output. */
  String exec(String name, String container, String... command) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(id(status(pod(name), container)))
            .addAllCmd(List.of(command))
            .setTimeout(20)
            .build();
    var answer = cri().runtime().execSync(request);
    return answer.getStdout().toStringUtf8() + answer.getStderr().toStringUtf8();
  }

  private CriChannel cri() {
    CriChannel open = channel;
    if (open == null) {
      open = CriChannel.open(runtime.endpoint());
      channel = open;
    }
    return open;
  }

  /** The containers that run, as {@code pod/container}. */
  List<String> running() {
    return cri()
        .runtime()
        .withWaitForReady()
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .stream()
        .filter(c -> c.getState() == dev.gantry.cri.v1.ContainerState.CONTAINER_RUNNING)
        .map(c ->
            c.getLabelsOrDefault("io.kubernetes.pod.name", "") + "/" + c.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** How many sandboxes and containers the runtime has, dead ones too. */
  int held() {
    var stub = cri().runtime();
    return stub.listContainers(ListContainersRequest.getDefaultInstance()).getContainersCount()
        + stub.listPodSandbox(dev.gantry.cri.v1.ListPodSandboxRequest.getDefaultInstance())
            .getItemsCount();
  }

  /** The value of a file of a pod's memory cgroup. */
  String memoryLimit(Pod pod, String qosClass) throws IOException {
    String path = runtime.cgroup() + "/kubepods/" + qosClass + "pod" + pod.metadata().uid();
    for (String file : List.of("memory.limit_in_bytes", "memory.max")) {
      for (Path directory : Cgroup.of(CgroupHost.detect(), path).directories()) {
        if (Files.exists(directory.resolve(file))) {
          return Files.readString(directory.resolve(file)).strip();
        }
      }
    }
    throw new IOException("no cgroup " + path);
  }

  /** Starts the agent; returns when its API answers. */
  void startAgent() throws IOException {
    agent =
        gantry.start(
            dirs.path("agent.log"),
            "node",
            "--runtime-endpoint",
            runtime.endpoint(),
            "--agent-root",
            dirs.dir("a").toString(),
            "--api",
            node.socket().toString(),
            "--manifests",
            dirs.dir("manifests").toString(),
            "--pod-logs",
            dirs.dir("logs").toString(),
            "--cgroup-root",
            runtime.cgroup(),
            "--node-name",
            "test-node",
            "--node-labels",
            "disk=ssd");
    Process started = agent;
    await("the agent answers", () -> node.answers() || !started.isAlive(), this::agentLog);
    if (!started.isAlive()) {
      throw new IOException("the agent ended: " + agentLog());
    }
  }

  /** Kills the agent as a crash would. */
  void killAgent() {
    Processes.kill(agent);
    agent = null;
  }

  String agentLog() {
    try {
      String log = Files.readString(dirs.path("agent.log"));
      return log.substring(Math.max(0, log.length() - 6000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Removes all that was declared, and fails when anything of it is left in the runtime. */
  void removeAll() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dirs.dir("manifests"))) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    for (KubeObject object : node.objects()) {
      node.delete(ObjectKey.of(object), Optional.of(Duration.ZERO));
    }
    await(
        "all pods are gone",
        () -> node.pods().isEmpty(),
        () ->
            String.join(
                "\n", node.pods().stream().map(p -> describe(p.metadata().name())).toList()));
    await("the runtime is empty", () -> held() == 0, this::agentLog);
  }

  @Override
  public void close() throws IOException {
    try {
      removeAll();
    } finally {
      abandon();
    }
  }

  private void abandon() throws IOException {
    killAgent();
    if (late != null) {
      late.interrupt();
    }
    if (channel != null) {
      channel.close();
    }
    runtime.close();
    registry.close();
    locked.close();
    services.close();
    removeCgroups();
    dirs.close();
  }

  /** The agent leaves kubepods where it is, as the kubelet does. */
  private void removeCgroups() throws IOException {
    CgroupHost host = CgroupHost.detect();
    for (String path : List.of("/kubepods/burstable", "/kubepods/besteffort", "/kubepods", "")) {
      Cgroup cgroup = Cgroup.of(host, runtime.cgroup() + path);
      if (cgroup.exists()) {
        cgroup.delete();
      }
    }
  }
}
