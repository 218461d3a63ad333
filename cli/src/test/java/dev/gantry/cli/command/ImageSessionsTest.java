package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.output.Terminal;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whole commands as processes, against a daemon and registries, with terminals and pipes. */
@ExtendWith(LeakCheck.class)
class ImageSessionsTest {
  private static final int LAYER_BYTES = 600_000;

  @RegisterExtension final TestDirs dirs = new TestDirs();
  private final List<Process> processes = new ArrayList<>();
  private InstalledGantry gantry;
  private Places places;
  private PrivateDaemon daemon;
  private HostileRegistry registry;

  @SuppressWarnings("NullAway.Init")
  ImageSessionsTest() {}

  @BeforeEach
  void start() throws IOException {
    registry = HostileRegistry.start();
    gantry = new InstalledGantry(dirs.dir("home"));
    places = new Places(dirs.path("root"), dirs.path("state"), TestNames.cgroup());
    Session session = new Session(System.out, System.err, gantry.environment(), Terminal.NONE);
    daemon = new PrivateDaemon(session, places);
    daemon.start();
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    daemon.stop();
    PrivateRemains.remove(places);
    registry.close();
  }

  private static TestImage image(int seed) {
    byte[] noise = new byte[LAYER_BYTES];
    new Random(seed).nextBytes(noise);
    return TestImage.busyboxBuilder().layer(TarEntry.file("noise", 0644, noise)).build();
  }

  /** Serves an image whose second layer takes some seconds. */
  private String slowly(TestImage image, Duration step) {
    registry.onLayer(image, 1, Answer.good().slowly(LAYER_BYTES / 60, step));
    return registry.serve("slow", "1", image);
  }

  private ProcessBuilder command(String... words) {
    var command = new ArrayList<>(List.of(dirs.path("home") + "/bin/gantry"));
    command.addAll(List.of(words));
    return prepared(new ProcessBuilder(command));
  }

  /** The same on a terminal of 90 columns, on which it begins with what the shell is told. */
  private ProcessBuilder onTerminal(String... words) {
    String line = dirs.path("home") + "/bin/gantry " + String.join(" ", words);
    return prepared(
        new ProcessBuilder("script", "-qec", "stty cols 90 rows 20; exec " + line, "/dev/null"));
  }

  private ProcessBuilder prepared(ProcessBuilder builder) {
    builder.environment().putAll(gantry.environment());
    builder.environment().put("CONTAINER_RUNTIME_ENDPOINT", places.endpoint().toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("TERM", "xterm");
    return builder.redirectError(dirs.path("errors").toFile());
  }

  /** A command in this process, which is quicker to start. */
  private String here(String... words) {
    var out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    var environment = Map.of("CONTAINER_RUNTIME_ENDPOINT", places.endpoint().toString());
    GantryCli.run(new Session(stream, stream, environment, Terminal.NONE), words);
    return out.toString(StandardCharsets.UTF_8);
  }

  private Process started(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private String output(ProcessBuilder builder) throws Exception {
    Process process = started(builder);
    String out = text(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(errors() + out).isZero();
    return out;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String errors() throws IOException {
    return Files.readString(dirs.path("errors"));
  }

  /** Reads until {@code wanted} has come; answers all that came. */
  private static String readTo(InputStream in, String wanted) throws IOException {
    StringBuilder come = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (come.indexOf(wanted) < 0) {
      int n = in.read(buffer);
      assertThat(n).as("before " + wanted + ": " + come).isPositive();
      come.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
    }
    return come.toString();
  }

  @Test
  void aTerminalShowsBarsAndThenOneLine() throws Exception {
    TestImage image = image(1);
    String name = slowly(image, Duration.ofMillis(100));
    String shown = output(onTerminal("pull", name));
    assertThat(shown)
        .contains("pulling " + name + "\033[K\r\n")
        .containsPattern("[0-9a-f]{12}  ━+─+  \\d+kB/600kB")
        .containsPattern("1/2 layers    ━*─* ")
        .containsPattern("B/s +\\ds\033\\[K")
        .contains("\033[Jpulled " + name + ": 2 layers, ")
        .endsWith("Image is up to date for " + image.id() + "\r\n");
    for (String line : shown.split("\r\n", -1)) {
      assertThat(line.replaceAll("\033\\[[0-9]*[A-Z]|\r", "").length()).isLessThan(100);
    }
  }

  @Test
  void ctrlCLeavesThePullToTheNext() throws Exception {
    TestImage image = image(2);
    String name = slowly(image, Duration.ofMillis(250));
    Process pull = started(onTerminal("pull", name));
    String before = readTo(pull.getInputStream(), "kB/600kB");
    try (OutputStream keyboard = pull.getOutputStream()) {
      keyboard.write(3);
      keyboard.flush();
      String after = text(pull.getInputStream().readAllBytes());
      assertThat(pull.waitFor()).as(before + after).isEqualTo(130);
      assertThat(after)
          .contains("gantry: pull " + name + ": left; it goes on in the daemon for a while");
      // Below the last frame, and nothing was drawn afterwards.
      assertThat(after.substring(after.indexOf("gantry: pull"))).doesNotContain("\033[");
    }
    await().until(() -> here("pulls", "-o", "yaml").contains("callers: 0"));
    assertThat(here("pulls", "-q")).isEqualTo(name + "\n");
    assertThat(output(command("pull", "-q", name))).isEqualTo(image.id() + "\n");
    assertThat(registry.gets(".*/blobs/" + image.layers().get(1).digest())).isEqualTo(1);
  }

  @Test
  void archivesGoThroughPipes() throws Exception {
    TestImage image = image(3);
    Path archive = dirs.path("in.tar");
    ImageArchive.ociLayout(archive, Map.of("test.example/piped:1", image));
    String line = "test.example/piped:1 " + image.id() + "\n";
    assertThat(output(command("import", "-").redirectInput(archive.toFile()))).isEqualTo(line);
    Path exported = dirs.path("out.tar");
    Process export =
        started(
            command("export", "test.example/piped:1", "-o", "-", "--format", "docker")
                .redirectOutput(exported.toFile()));
    assertThat(export.waitFor()).as(errors()).isZero();
    Path layout = dirs.path("layout");
    output(command("export", image.id(), "-o", layout + "/"));
    assertThat(layout.resolve("index.json")).isRegularFile();
    output(command("rmi", image.id()));
    assertThat(output(command("import", exported.toString()))).isEqualTo(line);
    output(command("rmi", image.id()));
    assertThat(output(command("import", "-q", layout.toString()))).isEqualTo(image.id() + "\n");
    assertThat(output(command("check-images"))).contains("1 image, 2 layers checked: all as");
  }

  @Test
  void anImageIsPushedAndPulledBack() throws Exception {
    TestImage image = image(4);
    Path archive = dirs.path("in.tar");
    ImageArchive.ociLayout(archive, Map.of("test.example/pushed:1", image));
    output(command("import", archive.toString()));
    try (Registry target = Registry.startWithLogin()) {
      String name = target.host() + "/there:1";
      String creds = Registry.USER + ":" + Registry.PASSWORD;
      assertThat(output(command("push", "--creds", creds, "test.example/pushed:1", name)))
          .startsWith(name + " sha256:");
      Process refused = started(command("push", "test.example/pushed:1", name));
      assertThat(refused.waitFor()).isEqualTo(1);
      assertThat(errors()).startsWith("gantry: push ").contains("401").contains(target.host());
      output(command("rmi", image.id()));
      assertThat(output(command("pull", "-q", "--creds", creds, name)))
          .isEqualTo(image.id() + "\n");
    }
  }

  @Test
  void aDetachedContainerStays() throws Exception {
    String name = registry.serve("app", "1", TestImage.busybox());
    String id =
        output(command("run", "-d", "-q", "--name", "stays", name, "sh", "-c", "echo up; sleep 99"))
            .strip();
    assertThat(output(command("ps", "-q", "--no-trunc"))).isEqualTo(id + "\n");
    Process logs = started(command("logs", "-f", id));
    assertThat(readTo(logs.getInputStream(), "\n")).isEqualTo("up\n");
    Process second = started(command("run", "-d", "--name", "stays", name, "true"));
    assertThat(second.waitFor()).isEqualTo(125);
    assertThat(errors()).contains("has that name").contains("gantry rmp -f ");
    String uid =
        output(command("inspectp", "stays")).replaceAll("(?s).*\"uid\": \"([^\"]+)\".*", "$1");
    assertThat(RunLogs.of(uid)).isDirectory();
    output(command("rmp", "-f", "stays"));
    assertThat(RunLogs.of(uid)).doesNotExist();
    assertThat(logs.waitFor()).isZero();
    assertThat(output(command("pods", "-q"))).isEmpty();
  }
}
