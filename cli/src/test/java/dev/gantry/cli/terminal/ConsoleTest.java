package dev.gantry.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cli.Session;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.output.Terminal;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A person at a terminal: exec, attach, run and port-forward as processes, with real keys. */
class ConsoleTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String IMAGE = "test.example/busybox:1";
  private static final String CTRL_C = "\003";
  private static final String CTRL_D = "\004";
  private static final String CTRL_P_CTRL_Q = "\020\021";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static TestDirs dirs;
  private static Places places;
  private static PrivateDaemon daemon;
  private static InstalledGantry gantry;
  private static Map<String, String> environment;
  private static String container;
  private static String pod;

  @BeforeAll
  static void start() throws Exception {
    dirs = new TestDirs();
    places = new Places(dirs.path("root"), dirs.path("state"), TestNames.cgroup());
    gantry = new InstalledGantry(dirs.dir("home"));
    environment = new HashMap<>(gantry.environment());
    environment.put("CONTAINER_RUNTIME_ENDPOINT", places.endpoint().toString());
    environment.put("GANTRY", dirs.path("home").resolve("bin/gantry").toString());
    var session = new Session(System.out, System.err, gantry.environment(), Terminal.NONE);
    daemon = new PrivateDaemon(session, places);
    daemon.start();
    Path tar = dirs.path("image.tar");
    ImageArchive.ociLayout(tar, Map.of(IMAGE, TestImage.busybox()));
    shell("$GANTRY import " + tar);
    container =
        shell(
                "$GANTRY run -d --name main "
                    + IMAGE
                    + " sh -c 'nc -ll -p 7000 -e cat & exec nc -ll -p 7001 -e cat'")
            .strip();
    pod = shell("$GANTRY pods -q --name main").strip();
    environment.put("CONTAINER", container);
    environment.put("POD", pod);
    environment.put("IMAGE", IMAGE);
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      shell("$GANTRY rmp -f -a || true");
      daemon.stop();
      PrivateRemains.remove(places);
    } finally {
      dirs.close();
    }
  }

  /** Runs commands without a terminal; what they print, which must not fail. */
  private static String shell(String commands) throws Exception {
    Path errors = dirs.path("errors");
    var builder = new ProcessBuilder("sh", "-c", commands).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    builder.directory(dirs.path("home").toFile());
    Process shell = builder.redirectInput(Path.of("/dev/null").toFile()).start();
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as("%s: %s", commands, Files.readString(errors)).isZero();
    return out;
  }

  private static Pty pty(String commands) throws IOException {
    return new Pty(environment, commands);
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aShellInAContainerIsLikeOneHere(String transport) throws Exception {
    try (Pty pty =
        pty(
            "$GANTRY exec -it --transport "
                + transport
                + " $CONTAINER sh; echo code=$?; stty -a")) {
      pty.awaitRaw();
      pty.stty("rows", "33", "cols", "101");
      // The size is told when the connection stands, and with each change.
      pty.type("until stty size | grep -q '33 101'; do sleep 0.1; done; echo si''ze\r");
      pty.await("size\r\n");
      pty.stty("rows", "24", "cols", "80");
      pty.type("until stty size | grep -q '24 80'; do sleep 0.1; done; echo sm''all\r");
      pty.await("small\r\n");
      pty.type("echo run''ning; sleep 1000; echo status $?\r");
      pty.await("running\r\n");
      pty.type(CTRL_C);
      pty.await("^C");
      // Ctrl-C has ended the command there, and nothing here.
      pty.type("echo afterwards; (exit 7)\r");
      // Until it prompts the shell does not hear Ctrl-D.
      pty.await("afterwards\r\n/ # ");
      pty.type(CTRL_D);
      pty.await("code=7\r\n");
      assertThat(pty.exit()).isZero();
      assertThat(after(pty, "code=7")).contains(" isig ", " icanon ", " echo ", " opost ");
    }
  }

  private static String after(Pty pty, String text) {
    String screen = pty.screen();
    return screen.substring(screen.lastIndexOf(text)).replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP", "INT"})
  void whoIsToldToEndLeavesTheTerminalAsItWas(String signal) throws Exception {
    // The shell waits for its command although a signal comes to both.
    try (Pty pty =
        pty("trap : HUP; $GANTRY exec -it $CONTAINER sleep 4711; echo code=$?; stty -a")) {
      pty.awaitRaw();
      new ProcessBuilder("kill", "-" + signal, Long.toString(pty.program().pid()))
          .start()
          .waitFor();
      pty.await("code=");
      assertThat(pty.exit()).isZero();
      assertThat(after(pty, "code=")).contains(" isig ", " icanon ", " echo ", " opost ");
    }
    await().atMost(PATIENCE).until(() -> !shell("$GANTRY exec $CONTAINER ps").contains("4711"));
  }

  @Test
  void aCommandThatCannotBeRunLeavesTheTerminalAsItWas() throws Exception {
    try (Pty pty = pty("$GANTRY exec -it $CONTAINER /no/such; echo code=$?; stty -a")) {
      pty.await("code=1\r\n");
      assertThat(pty.exit()).isZero();
      assertThat(pty.screen()).contains("no such file");
      assertThat(after(pty, "code=")).contains(" isig ", " icanon ", " echo ", " opost ");
    }
  }

  @Test
  void oneRunsLeavesAndComesBack() throws Exception {
    try (Pty pty =
        pty(
            "$GANTRY run -it --name console $IMAGE sh; echo left=$?; "
                + "$GANTRY attach -it $($GANTRY ps -q --name console); echo code=$?; stty -a")) {
      pty.awaitRaw();
      pty.await("# ");
      pty.type("word=before\r");
      pty.type(CTRL_P_CTRL_Q);
      pty.await("left=0\r\n");
      pty.awaitRaw();
      pty.type("\recho $word and after\r");
      pty.await("before and after\r\n");
      pty.type("exit 3\r");
      pty.await("code=");
      assertThat(pty.exit()).isZero();
      assertThat(after(pty, "code=")).contains(" isig ", " icanon ", " echo ", " opost ");
    }
  }

  @Test
  void runHasTheExitCodeOfItsShell() throws Exception {
    try (Pty pty = pty("$GANTRY run -it --transport websocket $IMAGE sh; echo code=$?")) {
      pty.awaitRaw();
      pty.await("# ");
      pty.type("tty; exit 5\r");
      pty.await("/dev/pts/0\r\n");
      pty.await("code=5\r\n");
      assertThat(pty.exit()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void withoutATerminalBytesAreBytes(String transport) throws Exception {
    String exec = "$GANTRY exec -i --transport " + transport + " $CONTAINER ";

    assertThat(
            shell(
                "head -c 3000000 /dev/urandom >in; "
                    + exec
                    + "cat <in | cmp - in; rm in; echo same"))
        .isEqualTo("same\n");
    assertThat(
            shell("echo in | " + exec + "sh -c 'cat; echo err >&2; exit 9' 2>/dev/null; echo $?"))
        .isEqualTo("in\n9\n");
    // Who reads no more ends it.
    assertThat(shell(exec + "yes | head -n 1")).isEqualTo("y\n");
    await().atMost(PATIENCE).until(() -> !shell("$GANTRY exec $CONTAINER ps").contains(" yes"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void portsOfAPodArePortsHere(String transport) throws Exception {
    var builder =
        new ProcessBuilder(
            "sh",
            "-c",
            "exec $GANTRY port-forward --transport " + transport + " $POD :7000 0:7001 :7002");
    builder.environment().putAll(environment);
    builder.redirectError(dirs.path("forward-" + transport).toFile());
    Process forward = builder.start();
    try (BufferedReader out = forward.inputReader()) {
      Matcher[] lines = new Matcher[6];
      Pattern line =
          Pattern.compile("Forwarding from (127\\.0\\.0\\.1|\\[::1]):(\\d+) -> (700[012])");
      for (int i = 0; i < lines.length; i++) {
        lines[i] = line.matcher(out.readLine());
        assertThat(lines[i].matches()).isTrue();
      }
      for (int i = 0; i < 4; i++) {
        assertThat(echoed(lines[i])).isEqualTo("hello");
      }
      // Nobody listens there: that is said, and the others go on.
      assertThat(echoed(lines[4])).isEmpty();
      await()
          .atMost(PATIENCE)
          .until(() -> Files.readString(dirs.path("forward-" + transport)).contains("port 7002"));
      assertThat(echoed(lines[0])).isEqualTo("hello");
      forward.destroy();
      assertThat(forward.waitFor()).isEqualTo(143);
    } finally {
      forward.destroyForcibly();
    }
  }

  private static String echoed(Matcher line) throws IOException {
    String host = line.group(1).replaceAll("[\\[\\]]", "");
    try (Socket socket = new Socket(host, Integer.parseInt(line.group(2)))) {
      socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
