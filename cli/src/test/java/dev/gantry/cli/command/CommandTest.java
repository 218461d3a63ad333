package dev.gantry.cli.command;

import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import dev.gantry.cli.output.Terminal;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs command lines against a {@link FakeRuntime}. */
abstract class CommandTest {
  static final String ID1 = "1".repeat(64);
  static final String ID2 = "2".repeat(64);

  @TempDir Path directory;
  final Map<String, String> environment = new HashMap<>();
  Terminal terminal = Terminal.NONE;
  InputStream in = InputStream.nullInputStream();
  private FakeRuntime runtime;
  private ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What a command printed and returned. */
  record Outcome(int exit, String out, String err) {}

  @SuppressWarnings("NullAway.Init")
  CommandTest() {}

  @BeforeEach
  void start() throws IOException {
    runtime = new FakeRuntime(directory.resolve("cri.sock"));
    environment.put("CONTAINER_RUNTIME_ENDPOINT", runtime.endpoint());
  }

  @AfterEach
  void stop() {
    runtime.close();
  }

  FakeRuntime runtime() {
    return runtime;
  }

  Outcome gantry(String... args) {
    var out = new ByteArrayOutputStream();
    err = new ByteArrayOutputStream();
    Session session =
        new Session(
            in,
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment,
            terminal);
    int exit = GantryCli.run(session, args);
    return new Outcome(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** What the command that runs has written to its error output. */
  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  static long ago(int seconds) {
    return Instant.now().minusSeconds(seconds).getEpochSecond() * 1_000_000_000L;
  }

  static PodSandbox.Builder pod(String id, String name, int secondsOld) {
    return PodSandbox.newBuilder()
        .setId(id)
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName(name).setNamespace("default").setUid("u"))
        .setState(PodSandboxState.SANDBOX_READY)
        .setCreatedAt(ago(secondsOld));
  }

  static Container.Builder container(String id, String name, int secondsOld) {
    return Container.newBuilder()
        .setId(id)
        .setPodSandboxId("p".repeat(64))
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage("sha256:" + "ab".repeat(32)))
        .setState(ContainerState.CONTAINER_RUNNING)
        .setCreatedAt(ago(secondsOld))
        .putLabels("io.kubernetes.pod.name", "web")
        .putLabels("io.kubernetes.pod.namespace", "default");
  }
}
