package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is told of containers whose log's disk is full and drops what they write, or conmon's own
 * is.
 */
class FullDiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern LOST = Pattern.compile("\"logBytesLost\":(\\d+)");

  private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final TestDirs DIRS = new TestDirs();
  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() throws IOException {
    OrphanReaper.start();
    // conmon's exit files are on disks that a test can fill.
    SmallDisk.mount(DIRS.state().resolve("exits"), "size=64k,nr_inodes=10");
    SmallDisk.mount(DIRS.root().resolve("containers"), "size=4m,nr_inodes=200");
    SmallDisk.mount(DIRS.dir("logs"), "size=512k,nr_inodes=40");
    shared = Node.options().inOwnProcess().container("full_log_disk = \"drop\"").start(DIRS);
  }

  @AfterAll
  static void stopNode() throws IOException {
    try {
      Mounts.unmountUnder(DIRS.path("logs"));
      Mounts.unmountUnder(DIRS.root().resolve("containers"));
      Mounts.unmountUnder(DIRS.state().resolve("exits"));
    } finally {
      if (shared != null) {
        shared.close();
      }
      DIRS.close();
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    Files.deleteIfExists(SmallDisk.filler(node.dirs.dir("logs")));
    deleteFillers(node.config.state().resolve("exits"));
    deleteFillers(node.config.root().resolve("containers"));
    deleteFillers(node.dirs.dir("logs"));
    node.removeAllPods();
    // Also of the mounts, which are ours.
    assertThat(node.leftovers()).allMatch(left -> left.startsWith("mount " + DIRS.base()));
  }

  private static void deleteFillers(Path dir) throws IOException {
    try (var files = Files.newDirectoryStream(dir, "filler*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  @Test
  void anExitIsToldThatConmonCouldWriteDownOnOneDiskOnly() throws IOException {
    TestPod pod = node.pod("one").hostNetwork().run();
    TestContainer exits =
        pod.start(pod.shell("exits", "until [ -e /go ]; do sleep 0.02; done; exit 7"));
    var _ = SmallDisk.fillInodes(node.config.state().resolve("exits"));
    exits.sh("touch /go");
    ContainerStatus status = exits.ended();
    assertThat(status.getExitCode()).isEqualTo(7);
    assertThat(status.getReason()).isEqualTo("Error");
  }

  /** conmon ends without an exit file; the kernel still knows the code, from Linux 6.15 on. */
  @Test
  void anExitIsToldThatConmonCouldNotWriteDown() throws IOException {
    TestPod pod = node.pod("exits").hostNetwork().run();
    TestContainer exits =
        pod.start(pod.shell("exits", "until [ -e /dev/shm/go ]; do sleep 0.02; done; exit 7"));
    TestContainer killed = pod.startSleeper("killed");
    Path go = Path.of("/proc/" + initPid(exits) + "/root/dev/shm/go");
    var _ = SmallDisk.fillInodes(node.config.state().resolve("exits"));
    var _ = SmallDisk.fillInodes(node.config.root().resolve("containers"));

    Files.createFile(go);
    ContainerStatus status = exits.ended();
    if (status.getExitCode() == 7) {
      assertThat(status.getReason()).isEqualTo("Error");
    } else {
      assertThat(status.getExitCode()).isEqualTo(255);
      assertThat(status.getReason()).isEqualTo("MonitorLost");
      assertThat(status.getMessage()).contains("its exit code is not known");
    }
    assertThat(kernelTellsExits()).isEqualTo(status.getExitCode() == 7);
    killed.stop(0);
    assertThat(killed.ended().getExitCode()).isIn(137, 255);
    await()
        .atMost(PATIENCE)
        .until(() -> log().contains("conmon ended without noting how the container did"));
  }

  private static String initPid(TestContainer container) {
    Matcher pid = PID.matcher(container.info());
    assertThat(pid.find()).isTrue();
    return pid.group(1);
  }

  private static boolean kernelTellsExits() throws IOException {
    String[] release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[^0-9]+", 3);
    int major = Integer.parseInt(release[0]);
    return major > 6 || (major == 6 && Integer.parseInt(release[1]) >= 15);
  }

  private String log() throws IOException {
    return Files.readString(node.log());
  }

  private static long lost(TestContainer container) {
    Matcher lost = LOST.matcher(container.info());
    assertThat(lost.find()).isTrue();
    return Long.parseLong(lost.group(1));
  }

  @Test
  void lostOutputIsToldWithItsContainer() throws IOException {
    TestPod pod = node.pod("loses").hostNetwork().run();
    TestContainer talks =
        pod.start(
            pod.shell("talks", "while [ ! -e /stop ]; do echo line; sleep 0.02; done; exit 7"));
    TestContainer silent = pod.startSleeper("silent");
    talks.awaitLine("line");
    SmallDisk.fillBytes(node.dirs.dir("logs"));

    await().atMost(PATIENCE).until(() -> lost(talks) > 0);
    assertThat(lost(silent)).isZero();
    await().atMost(PATIENCE).until(() -> log().contains("output of a container is lost"));
    assertThat(log()).contains("the disk of container logs is full", talks.id);
    Files.delete(SmallDisk.filler(node.dirs.dir("logs")));
    await().atMost(PATIENCE).until(() -> log().contains("the log of a container has a gap"));
    assertThat(log()).containsPattern("lost_bytes_at_least=\\d+").doesNotContain(silent.id);
    int lines = talks.rawLog().size();
    await().atMost(PATIENCE).until(() -> talks.rawLog().size() > lines);
    talks.sh("touch /stop");
    assertThat(talks.ended().getExitCode()).isEqualTo(7);
  }

  @Test
  void aContainerWhoseLogCannotBeMadeIsNotCreatedAndTheLogIsNamed() throws IOException {
    TestPod pod = node.pod("none").hostNetwork().run();
    TestContainer first = pod.startSleeper("first");
    var _ = SmallDisk.fillInodes(node.dirs.dir("logs"));

    assertFails(
        () -> pod.startSleeper("second"), Code.INTERNAL, pod.logDirectory() + "/second.log");
    assertThat(first.sh("echo works")).isEqualTo("works");
    deleteFillers(node.dirs.dir("logs"));
    pod.startSleeper("second").sh("true");
  }
}
