package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.image.layer.LayerArchive;
import dev.gantry.linux.Fd;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole Debian systems: made by mmdebstrap, packed by umoci, pushed by skopeo, pulled and run here.
 * {@code -Dgantry.soak=true} makes all of them, as each takes half a minute.
 */
class DebianSystemsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path SOURCES = Path.of("/etc/apt/sources.list.d/debian.sources");
  private static final Path OLD_SOURCES = Path.of("/etc/apt/sources.list");

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static Registry registry;

  /** What is installed, what runs, and how it shows that it works. */
  record Debian(String added, List<String> command, Consumer<TestContainer> proof) {
    @Override
    public String toString() {
      return added;
    }
  }

  static Stream<Debian> systems() {
    var nginx =
        new Debian("nginx-light", List.of("nginx", "-g", "daemon off;"), DebianSystemsTest::nginx);
    var redis =
        new Debian(
            "redis-server",
            List.of("redis-server", "--bind", "0.0.0.0", "--protected-mode", "no"),
            DebianSystemsTest::redis);
    var python =
        new Debian(
            "python3-minimal", List.of("python3", "-c", "print(6 * 7)"), DebianSystemsTest::python);
    return Boolean.getBoolean("gantry.soak") ? Stream.of(nginx, redis, python) : Stream.of(nginx);
  }

  private static void nginx(TestContainer container) {
    assertThat(ask(container, 80, "GET / HTTP/1.0\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK")
        .contains("Welcome to nginx!");
  }

  private static void redis(TestContainer container) {
    assertThat(ask(container, 6379, "PING\r\nQUIT\r\n")).startsWith("+PONG");
    assertThat(container.sh("redis-cli set answer 42")).isEqualTo("OK");
    assertThat(container.sh("redis-cli get answer")).isEqualTo("42");
  }

  private static void python(TestContainer container) {
    await()
        .atMost(PATIENCE)
        .until(() -> container.status().getState() == ContainerState.CONTAINER_EXITED);
    assertThat(container.status().getExitCode()).isZero();
    assertThat(container.logLines()).containsExactly("42");
  }

  @BeforeAll
  static void startNode() {
    registry = Registry.start();
    node = Node.options().withoutImage().start();
    Hosts.plain(node, registry.host());
  }

  @AfterAll
  static void stopNode() {
    node.close();
    registry.close();
  }

  @ParameterizedTest
  @MethodSource("systems")
  void runs(Debian system) throws Exception {
    Path tree = debian(system);
    String name = push(system, tree);
    ImageSpec image = ImageSpec.newBuilder().setImage(name).build();

    node.images().pullImage(PullImageRequest.newBuilder().setImage(image).build());

    isAsPacked(tree);
    TestPod pod = node.pod(system.added()).run();
    TestContainer container = pod.start(pod.container("main").setImage(image));
    assertThat(container.config.getCommandList()).as("the image has it").isEmpty();
    system.proof().accept(container);
    pod.remove();
    node.images().removeImage(RemoveImageRequest.newBuilder().setImage(image).build());
    Files.delete(tree);
  }

  /** A Debian as small as mmdebstrap makes one that can configure packages, and one package. */
  private static Path debian(Debian system) throws Exception {
    Path tree = node.dirs.path(system.added() + ".tar");
    var command = new ArrayList<String>();
    command.addAll(List.of("mmdebstrap", "--quiet", "--variant=essential", "--mode=root"));
    command.add("--include=" + system.added());
    command.addAll(List.of(codename(), tree.toString()));
    // As this machine gets its packages; without a hint, from where Debian says.
    if (Files.exists(SOURCES)) {
      command.add(SOURCES.toString());
    } else if (Files.exists(OLD_SOURCES)) {
      command.add(OLD_SOURCES.toString());
    }
    run(command.toArray(String[]::new));
    return tree;
  }

  private static String codename() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/etc/os-release"))) {
      return lines
          .filter(line -> line.startsWith("VERSION_CODENAME="))
          .map(line -> line.substring("VERSION_CODENAME=".length()).replace("\"", ""))
          .findFirst()
          .orElse("stable");
    }
  }

  private static String push(Debian system, Path tree) throws Exception {
    String layout = node.dirs.path("layout-" + system.added()).toString();
    String image = layout + ":1";
    run("umoci", "init", "--layout", layout);
    run("umoci", "new", "--image", image);
    run("umoci", "raw", "add-layer", "--image", image, tree.toString());
    var config = new ArrayList<>(List.of("umoci", "config", "--image", image));
    config.addAll(List.of("--clear=config.cmd", "--config.workingdir=/"));
    system.command().forEach(word -> config.add("--config.cmd=" + word));
    config.add("--config.env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    run(config.toArray(String[]::new));
    String name = registry.host() + "/debian/" + system.added() + ":1";
    run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", "oci:" + image, "docker://" + name);
    return name;
  }

  /** The one layer of the store has what is in the archive, and is mounted as containers see it. */
  private static void isAsPacked(Path archive) throws Exception {
    try (Stream<Path> layers = Files.list(node.config.root().resolve("images/layers"))) {
      List<Path> all = layers.toList();
      assertThat(all).hasSize(1);
      Path layer = all.getFirst();
      if (!LayerArchive.isIn(layer)) {
        same(archive, layer.resolve("diff"));
        return;
      }
      try (Fd mount = LayerArchive.mount(layer)) {
        same(archive, Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + mount.number()));
      }
    }
  }

  /** GNU tar finds contents, kinds, owners, modes and times as they are in the archive. */
  private static void same(Path archive, Path directory) throws Exception {
    run("tar", "--compare", "--numeric-owner", "--file=" + archive, "--directory=" + directory);
  }

  private static String ask(TestContainer container, int port, String question) {
    String ip = container.pod.ip();
    return await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              try (var socket = new Socket(ip, port);
                  InputStream in = socket.getInputStream()) {
                socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
              }
            },
            answer -> !answer.isEmpty());
  }

  private static void run(String... command) throws Exception {
    Path log = node.dirs.path("command.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    assertThat(process.waitFor())
        .as(String.join(" ", command) + ": " + Files.readString(log))
        .isZero();
  }
}
