package dev.gantry.cli.e2e;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.node.NodeClient;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node for a class of tests: a runtime, the agent, registries, and what the test itself serves.
 */
final class World implements AutoCloseable {
  static final String IMAGE = "test.example/busybox:1";

  private final TestDirs dirs = new TestDirs();
  private final Map<String, String> words = new HashMap<>();
  final RuntimeFixture runtime;
  final Registry registry;
  final Registry locked;
  final HostServices services;
  final AgentProcess agent;
  final NodeClient node;
  final PodWatch pods;
  final RuntimeView cri;
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
    InstalledGantry gantry = new InstalledGantry(dirs.dir("home"));
    runtime = maker.make(dirs, gantry);
    registry = Registry.start();
    locked = Registry.startWithLogin();
    services = HostServices.start();
    agent = new AgentProcess(dirs, gantry, runtime);
    node = agent.node;
    pods = agent.pods;
    cri = new RuntimeView(runtime.endpoint(), pods);
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
    agent.start();
    for (String file :
        List.of(
            "life.yaml", "steady.yaml", "probes.yaml", "hooks.yaml", "images.yaml", "spec.yaml")) {
      apply(text(file));
    }
    late =
        Thread.ofVirtual()
            .name("late image")
            .start(() -> {
              pods.await("late-image", p -> LifeCases.waits(p, "main", "ImagePullBackOff"));
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
    pods.await(
        "all pods are gone",
        () -> node.pods().isEmpty(),
        () ->
            String.join(
                "\n", node.pods().stream().map(p -> pods.describe(p.metadata().name())).toList()));
    pods.await("the runtime is empty", () -> cri.held() == 0, agent::log);
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
    agent.kill();
    if (late != null) {
      late.interrupt();
    }
    cri.close();
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
