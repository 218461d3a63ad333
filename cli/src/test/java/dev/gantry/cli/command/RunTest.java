package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(LeakCheck.class)
class RunTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();
  private Registry registry;
  private InstalledGantry gantry;
  private String image;

  @SuppressWarnings("NullAway.Init")
  RunTest() {}

  @BeforeEach
  void start() throws IOException {
    registry = Registry.start();
    registry.push("busybox", "1", TestImage.busybox());
    image = registry.host() + "/busybox:1";
    gantry = new InstalledGantry(dirs.dir("home"));
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private Process run(String... arguments) throws IOException {
    List<String> all = Stream.concat(Stream.of("run", "--private"), Stream.of(arguments)).toList();
    return gantry.start(dirs.path("errors"), all.toArray(String[]::new));
  }

  private String errors() throws IOException {
    return Files.readString(dirs.path("errors"));
  }

  private static void assertNothingIsLeftOf(Process run) throws IOException {
    String name = "gantry-run-" + run.pid();
    assertThat(Path.of("/var/lib", name)).doesNotExist();
    assertThat(Path.of("/run", name)).doesNotExist();
    try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      assertThat(hierarchies.map(h -> h.resolve(name)))
          .allSatisfy(c -> assertThat(c).doesNotExist());
    }
    assertThat(Path.of("/sys/fs/cgroup", name)).doesNotExist();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(name);
  }

  @Test
  void outputAndExitCodeAreTheContainers() throws Exception {
    Process run =
        run(
            "-e",
            "GREETING=hello",
            "-w",
            "/tmp",
            "--user",
            "7:8",
            image,
            "sh",
            "-c",
            "echo $GREETING $(pwd) $(id -u) $(id -g); echo oops >&2; exit 7");
    String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(run.waitFor()).as(errors()).isEqualTo(7);
    assertThat(out).isEqualTo("hello /tmp 7 8\n");
    assertThat(errors()).isEqualTo("gantry: pulling " + image + " …\noops\n");
    assertNothingIsLeftOf(run);
  }

  @Test
  void ctrlCStopsTheContainerAndRemovesEverything() throws Exception {
    Process run =
        run(
            image,
            "sh",
            "-c",
            "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    try (BufferedReader out = run.inputReader()) {
      assertThat(out.readLine()).as(errors()).isEqualTo("up");
      new ProcessBuilder("kill", "-INT", String.valueOf(run.pid())).start().waitFor();
      assertThat(out.readLine()).isEqualTo("bye");
      assertThat(run.waitFor()).isEqualTo(130);
    }
    assertNothingIsLeftOf(run);
  }

  @Test
  void whatCannotRunIsExplainedAndLeavesNothing() throws Exception {
    Process run = run(image, "no-such-command");
    assertThat(run.waitFor()).isEqualTo(125);
    assertThat(errors()).contains("no-such-command");
    assertNothingIsLeftOf(run);
    String missing = registry.host() + "/missing:1";
    Process pull = run(missing);
    assertThat(pull.waitFor()).isEqualTo(125);
    assertThat(errors()).contains("gantry: pull " + missing);
    assertNothingIsLeftOf(pull);
  }
}
