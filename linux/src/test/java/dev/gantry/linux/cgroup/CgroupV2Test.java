package dev.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Against a directory tree that has the files of a version 2 hierarchy, but no kernel behind it.
 */
class CgroupV2Test {
  @TempDir Path root;
  private Path dir = Path.of("/");
  private Cgroup group =
      Cgroup.of(new CgroupHost(CgroupMode.V2, Map.of(), Path.of("/"), List.of()), "/x");

  @BeforeEach
  void makeTree() throws IOException {
    file(root, "cgroup.controllers", "cpuset cpu io memory pids misc\n");
    file(root, "cgroup.subtree_control", "cpu\n");
    dir = Files.createDirectories(root.resolve("pods/a"));
    group = Cgroup.of(CgroupHost.v2At(root), "/pods/a");
  }

  private static void file(Path dir, String name, String text) throws IOException {
    Files.writeString(dir.resolve(name), text);
  }

  private String read(String name) throws IOException {
    return Files.readString(dir.resolve(name)).strip();
  }

  @Test
  void controllersAreSwitchedOnFromTheRootDown() throws Exception {
    Path pods = root.resolve("pods");
    file(pods, "cgroup.controllers", "cpu memory\n");
    file(pods, "cgroup.subtree_control", "");
    Cgroup made = Cgroup.of(CgroupHost.v2At(root), "/pods/new/er");
    assertThat(made.create()).containsExactly(pods.resolve("new"), pods.resolve("new/er"));
    assertThat(Files.readString(root.resolve("cgroup.subtree_control")))
        .isEqualTo("+cpuset +io +memory +pids");
    assertThat(Files.readString(pods.resolve("cgroup.subtree_control"))).isEqualTo("+cpu +memory");
    assertThat(made.create()).isEmpty();
    assertThat(made.directories()).containsExactly(pods.resolve("new/er"));
    made.delete();
    assertThat(made.exists()).isFalse();
    assertThat(pods.resolve("new")).isDirectory();
  }

  @Test
  void aFailureRemovesWhatWasMade() throws Exception {
    Files.delete(root.resolve("pods/a"));
    file(root.resolve("pods"), "a", "no directory");
    Cgroup made = Cgroup.of(CgroupHost.v2At(root), "/new/a");
    Files.createSymbolicLink(root.resolve("new"), root.resolve("pods"));
    assertThatThrownBy(() -> Cgroup.of(CgroupHost.v2At(root), "/new/a/b").create())
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTDIR));
    assertThat(made.exists()).isFalse();
  }

  @Test
  void limitsAreConverted() throws Exception {
    for (String name : new String[] {"cpu.weight", "cpuset.cpus", "cpuset.mems", "memory.max"}) {
      file(dir, name, "");
    }
    file(dir, "cpu.max", "max 100000\n");
    file(dir, "memory.swap.max", "");
    file(dir, "pids.max", "");
    file(dir, "hugetlb.2MB.max", "");
    file(dir, "memory.oom.group", "");
    group.apply(
        new CgroupLimits(
            1024L,
            25_000L,
            50_000L,
            "0-1",
            "0",
            1_000L,
            1_500L,
            -1L,
            Map.of("2MB", 4_194_304L),
            Map.of("memory.oom.group", "1")));
    assertThat(read("cpu.weight")).isEqualTo("39");
    assertThat(read("cpu.max")).isEqualTo("25000 50000");
    assertThat(read("cpuset.cpus")).isEqualTo("0-1");
    assertThat(read("cpuset.mems")).isEqualTo("0");
    assertThat(read("memory.max")).isEqualTo("1000");
    assertThat(read("memory.swap.max")).isEqualTo("500");
    assertThat(read("pids.max")).isEqualTo("max");
    assertThat(read("hugetlb.2MB.max")).isEqualTo("4194304");
    assertThat(read("memory.oom.group")).isEqualTo("1");

    file(dir, "cpu.max", "25000 50000\n");
    group.apply(CgroupLimits.NONE.withCpu(null, null, 10_000L));
    assertThat(read("cpu.max")).startsWith("25000 10000");
    file(dir, "cpu.max", "25000 50000\n");
    group.apply(CgroupLimits.NONE.withCpu(null, -1L, null));
    assertThat(read("cpu.max")).startsWith("max 50000");
    CgroupLimits swapAlone = CgroupLimits.NONE.withMemory(null, 5L);
    assertThatIllegalArgumentException().isThrownBy(() -> group.apply(swapAlone));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "1024, 39", "262144, 10000", "0, 1", "9999999, 10000"})
  void sharesBecomeWeight(long shares, long weight) {
    assertThat(CgroupLimits.weight(shares)).isEqualTo(weight);
  }

  @Test
  void limitsThatLeadElsewhereAreRefused() {
    Map<String, String> up = Map.of("../memory.max", "1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new CgroupLimits(null, null, null, null, null, null, null, null, Map.of(), up));
    Map<String, Long> odd = Map.of("../2MB", 1L);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new CgroupLimits(null, null, null, null, null, null, null, null, odd, Map.of()));
  }

  @Test
  void usageIsRead() throws Exception {
    file(dir, "cpu.stat", "usage_usec 1234567\nuser_usec 1\nsystem_usec 2\n");
    file(dir, "memory.current", "10000\n");
    file(dir, "memory.max", "max\n");
    file(dir, "memory.swap.current", "77\n");
    file(dir, "memory.swap.max", "1000\n");
    file(
        dir,
        "memory.stat",
        "anon 4000\nfile 6000\nkernel 10\ninactive_file 2500\npgfault 12\npgmajfault 3\n");
    file(dir, "memory.events", "low 0\nhigh 0\nmax 5\noom 2\noom_kill 1\n");
    file(dir, "pids.current", "9\n");
    file(dir, "cpu.pressure", "some avg10=28.88 avg60=36.91 avg300=32.50 total=5886\n");
    file(
        dir,
        "io.pressure",
        """
        some avg10=1.00 avg60=2.00 avg300=3.00 total=4
        full avg10=0.25 avg60=0.00 avg300=0.00 total=9
        """);
    assertThat(group.stats())
        .isEqualTo(
            new CgroupStats(
                1_234_567_000L,
                10_000,
                7_500,
                4_000,
                12,
                3,
                Long.MAX_VALUE,
                77,
                1_000,
                9,
                1,
                new Pressure(new Pressure.Share(28.88, 36.91, 32.5, 5886), Pressure.NONE),
                null,
                new Pressure(new Pressure.Share(1, 2, 3, 4), new Pressure.Share(0.25, 0, 0, 9))));
    file(dir, "memory.stat", "inactive_file 20000\n");
    file(dir, "memory.max", "4096\n");
    assertThat(group.stats().workingSetBytes()).isZero();
    assertThat(group.stats().memoryLimitBytes()).isEqualTo(4_096);
    assertThat(group.oomKills()).hasValue(1);
    Files.delete(dir.resolve("memory.events"));
    assertThat(group.oomKills()).isEmpty();
  }

  @Test
  void detailsAreRead() throws Exception {
    file(
        dir,
        "cpu.stat",
        """
        usage_usec 9
        user_usec 4
        system_usec 5
        nr_periods 6
        nr_throttled 2
        throttled_usec 7
        """);
    file(dir, "memory.current", "10000\n");
    file(dir, "memory.peak", "12000\n");
    file(dir, "memory.stat", "file 6000\nkernel 10\nfile_mapped 11\npgfault 12\npgmajfault 3\n");
    file(dir, "memory.events", "low 0\nhigh 0\nmax 5\noom 2\noom_kill 1\n");
    file(dir, "pids.max", "max\n");
    file(dir, "hugetlb.2MB.current", "4194304\n");
    file(dir, "io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:0 \n");
    assertThat(group.details())
        .isEqualTo(
            new CgroupDetails(
                group.stats(),
                4_000,
                5_000,
                6,
                2,
                7_000,
                6_000,
                10,
                11,
                5,
                12_000,
                12,
                3,
                Long.MAX_VALUE,
                Map.of("2MB", new CgroupDetails.HugePages(4_194_304, 4_194_304)),
                List.of(
                    new CgroupDetails.DiskIo("8:0", 0, 0, 0, 0),
                    new CgroupDetails.DiskIo("8:16", 1, 2, 3, 4))));
  }

  @Test
  void theKernelKillsWhereItCan() throws Exception {
    file(dir, "cgroup.procs", "4000000\n");
    file(dir, "cgroup.kill", "");
    Thread kernel =
        Thread.startVirtualThread(() -> {
          await().until(() -> read("cgroup.kill").equals("1"));
          try {
            file(dir, "cgroup.procs", "");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    group.kill(Duration.ofSeconds(60));
    kernel.join();
    assertThat(group.pids()).isEmpty();
  }

  @Test
  void olderKernelsFreezeAndSignal() throws Exception {
    SpawnedProcess process = Spawn.of("sleep", "600").start();
    file(dir, "cgroup.procs", process.pid() + "\n");
    file(dir, "cgroup.freeze", "");
    file(dir, "cgroup.events", "populated 1\nfrozen 1\n");
    Thread kernel =
        Thread.startVirtualThread(() -> {
          process.exit().join();
          try {
            file(dir, "cgroup.procs", "");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    group.kill(Duration.ofSeconds(60));
    kernel.join();
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    assertThat(read("cgroup.freeze")).isEqualTo("0");
  }

  /** systemd removes a scope when its last process ends, in the middle of our kill. */
  @Test
  void aGroupMayGoWhileItIsKilled() throws Exception {
    SpawnedProcess process = Spawn.of("sleep", "600").start();
    file(dir, "cgroup.procs", process.pid() + "\n");
    // There, but ENODEV for who opens them, as the files of a group are that is just removed.
    for (String name : List.of("cgroup.kill", "cgroup.freeze")) {
      String path = dir.resolve(name).toString();
      At.mknod(At.CWD, path, FileStat.CHAR_DEVICE | 0600, At.dev(10, 255));
    }
    Thread kernel =
        Thread.startVirtualThread(() -> {
          process.exit().join();
          try {
            Files.delete(dir.resolve("cgroup.procs"));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    group.kill(Duration.ofSeconds(60));
    kernel.join();
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    group.freeze();
    group.thaw();
  }

  @Test
  void deadlinesNameWhatIsLeft() throws Exception {
    file(dir, "cgroup.procs", "4000000\n");
    file(dir, "cgroup.kill", "");
    file(dir, "cgroup.freeze", "");
    file(dir, "cgroup.events", "frozen 0\n");
    assertThatThrownBy(() -> group.kill(Duration.ofMillis(20)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ETIMEDOUT))
        .hasMessageContaining("/pods/a")
        .hasMessageContaining("4000000");
    file(dir, "cgroup.procs", ProcessHandle.current().pid() + "\n");
    assertThatIllegalStateException().isThrownBy(() -> group.kill());
    assertThatIllegalStateException().isThrownBy(() -> group.addThread(0));
  }

  @Test
  void processesAreAddedByTheirNumber() throws Exception {
    file(dir, "cgroup.procs", "");
    group.addProcess(4_000_000);
    assertThat(group.pids()).containsExactly(4_000_000);
  }
}
