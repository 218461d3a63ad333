package dev.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against this host's hierarchies, in groups of its own. */
class CgroupTest {
  private static final long MIB = 1 << 20;

  private final CgroupHost host = detect();
  private final Cgroup parent = Cgroup.of(host, "/gantry-test-" + UUID.randomUUID());
  private final Cgroup group = parent.child("pod");
  private final List<SpawnedProcess> processes = new ArrayList<>();

  private static CgroupHost detect() {
    try {
      return CgroupHost.detect();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void make() throws Exception {
    group.create();
  }

  @AfterEach
  void remove() throws Exception {
    parent.thaw();
    for (SpawnedProcess process : processes) {
      process.kill(Signals.SIGKILL);
    }
    parent.kill();
    parent.delete();
    assertThat(parent.exists()).isFalse();
  }

  private SpawnedProcess spawn(String... argv) throws IOException {
    SpawnedProcess process = Spawn.of(argv).start();
    processes.add(process);
    return process;
  }

  /** A shell that runs the script once it is in a group, so that all that it does is done there. */
  private SpawnedProcess spawnIn(Cgroup where, String script) throws IOException {
    try (Pipe go = Pipe.open();
        OutputStream line = go.write().output()) {
      SpawnedProcess process =
          Spawn.of("/bin/sh", "-c", "read go; " + script).stdin(go.read()).start();
      processes.add(process);
      where.addProcess(process.pid());
      line.write('\n');
      return process;
    }
  }

  private String read(String controller, String file) throws IOException {
    return Files.readString(group.directory(controller).orElseThrow().resolve(file)).strip();
  }

  @Test
  void whatIsMadeIsToldAndRemoved() throws Exception {
    Cgroup deep = group.child("a").child("b");
    List<Path> made = deep.create();
    assertThat(made).hasSize(2 * host.roots().size()).allSatisfy(d -> assertThat(d).isDirectory());
    assertThat(made).containsAll(deep.directories());
    assertThat(deep.create()).isEmpty();
    assertThat(deep.exists()).isTrue();
    group.delete();
    group.delete();
    assertThat(made).allSatisfy(d -> assertThat(d).doesNotExist());
    assertThat(group.exists()).isFalse();
    assertThat(parent.exists()).isTrue();
  }

  @Test
  void theVersionTwoHierarchyOfAHybridHostIsLeftAlone() {
    Path unified = host.unified();
    if (host.mode() == CgroupMode.HYBRID && unified != null) {
      assertThat(unified.resolve(parent.path().substring(1))).doesNotExist();
    }
    assertThat(group.directories()).allSatisfy(d -> assertThat(d).isDirectory());
  }

  @Test
  void aProcessCanBeAddedAtOnce() throws Exception {
    SpawnedProcess process = spawn("sleep", "600");
    group.addProcess(process.pid());
    assertThat(group.pids()).containsExactly(process.pid());
    assertThat(parent.pids()).containsExactly(process.pid());
    assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/cgroup")))
        .contains("memory:" + group.path(), "cpuset:" + group.path(), "pids:" + group.path());
  }

  @Test
  void whatAThreadInTheGroupSpawnsIsBornThere() throws Exception {
    SpawnedProcess[] born = new SpawnedProcess[1];
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                group.addThread(0);
                born[0] = spawn("sleep", "600");
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    thread.join();
    assertThat(group.pids()).contains(born[0].pid());
    await().until(() -> group.pids().size() == 1);
  }

  @Test
  void limitsAreWritten() throws Exception {
    group.apply(
        CgroupLimits.NONE
            .withCpu(512L, 50_000L, 100_000L)
            .withMemory(64 * MIB, 64 * MIB)
            .withPids(17L)
            .withCpuset("0", "0"));
    assertThat(read("cpu", "cpu.shares")).isEqualTo("512");
    assertThat(read("cpu", "cpu.cfs_quota_us")).isEqualTo("50000");
    assertThat(read("memory", "memory.limit_in_bytes")).isEqualTo(Long.toString(64 * MIB));
    assertThat(read("memory", "memory.memsw.limit_in_bytes")).isEqualTo(Long.toString(64 * MIB));
    assertThat(read("pids", "pids.max")).isEqualTo("17");
    assertThat(read("cpuset", "cpuset.cpus")).isEqualTo("0");

    // Up, down and away again, whatever order the kernel wants.
    group.apply(CgroupLimits.NONE.withMemory(128 * MIB, 256 * MIB));
    group.apply(CgroupLimits.NONE.withMemory(32 * MIB, 32 * MIB));
    assertThat(group.stats().memoryLimitBytes()).isEqualTo(32 * MIB);
    group.apply(CgroupLimits.NONE.withCpu(null, 200_000L, 1_000_000L));
    group.apply(CgroupLimits.NONE.withCpu(null, 2_000L, 5_000L));
    group.apply(CgroupLimits.NONE.withCpu(null, -1L, null).withMemory(-1L, -1L).withPids(-1L));
    assertThat(read("cpu", "cpu.cfs_quota_us")).isEqualTo("-1");
    assertThat(read("pids", "pids.max")).isEqualTo("max");
    assertThat(group.stats().memoryLimitBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aRefusedLimitIsNamed() {
    assertThatThrownBy(() -> group.apply(CgroupLimits.NONE.withCpuset("999", null)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("cpuset.cpus = 999");
    CgroupLimits odd =
        new CgroupLimits(
            null, null, null, null, null, null, null, null, Map.of("7MB", 1L), Map.of());
    assertThatThrownBy(() -> group.apply(odd))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("hugetlb.7MB.limit_in_bytes");
  }

  @Test
  void usageIsRead() throws Exception {
    SpawnedProcess process = spawn("/bin/sh", "-c", "exec sleep 600");
    group.addProcess(process.pid());
    assertThat(group.stats().pidsCurrent()).isEqualTo(1);
    spawnIn(group, "exec dd if=/dev/zero of=/dev/null bs=8M count=100000");
    await().until(() -> group.stats().cpuUsageNanos() > 1_000_000);
    await().until(() -> group.stats().rssBytes() > 8 * MIB);
    CgroupStats stats = group.stats();
    assertThat(stats.memoryUsageBytes()).isGreaterThan(8 * MIB);
    assertThat(stats.pageFaults()).isPositive();
    assertThat(stats.workingSetBytes()).isPositive().isLessThanOrEqualTo(stats.memoryUsageBytes());
    assertThat(stats.memoryLimitBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(stats.oomKills()).isZero();
    assertThat(parent.stats().cpuUsageNanos()).isGreaterThanOrEqualTo(stats.cpuUsageNanos());
    assertThat(group.child("none").stats())
        .isEqualTo(
            new CgroupStats(
                0, 0, 0, 0, 0, 0, Long.MAX_VALUE, -1, Long.MAX_VALUE, 0, 0, null, null, null));
  }

  @Test
  void detailsAreRead() throws Exception {
    group.apply(CgroupLimits.NONE.withMemory(64 * MIB, 96 * MIB).withPids(123L));
    spawnIn(group, "exec dd if=/dev/zero of=/dev/null bs=8M count=100000");
    await().until(() -> group.details().cpuUserNanos() + group.details().cpuSystemNanos() > 0);
    await().until(() -> group.stats().rssBytes() > 8 * MIB);
    CgroupDetails details = group.details();
    assertThat(details.pidsLimit()).isEqualTo(123);
    assertThat(details.memoryPeakBytes()).isGreaterThanOrEqualTo(details.stats().rssBytes());
    assertThat(details.ownPageFaults()).isPositive();
    assertThat(details.stats().memoryLimitBytes()).isEqualTo(64 * MIB);
    assertThat(details.stats().swapUsageBytes()).isZero();
    assertThat(details.stats().swapLimitBytes()).isEqualTo(32 * MIB);
    assertThat(details.hugePages()).containsEntry("2MB", new CgroupDetails.HugePages(0, 0));
    assertThat(group.child("none").details().memoryPeakBytes()).isZero();
  }

  @Test
  void aKillForMemoryIsCounted() throws Exception {
    group.apply(CgroupLimits.NONE.withMemory(16 * MIB, 16 * MIB));
    SpawnedProcess process = spawnIn(group, "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    assertThat(group.stats().oomKills()).isEqualTo(1);
    assertThat(group.oomKills()).hasValue(1);
  }

  @Test
  void aKillForMemoryBelowIsCountedAndOneBesideIsNot() throws Exception {
    group.apply(CgroupLimits.NONE.withMemory(16 * MIB, 16 * MIB));
    Cgroup below = group.child("below");
    below.create();
    Cgroup victims = below.child("victims");
    victims.create();
    Cgroup beside = group.child("beside");
    beside.create();
    SpawnedProcess process = spawnIn(victims, "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    assertThat(below.oomKills()).hasValue(1);
    assertThat(beside.oomKills()).hasValue(0);
    assertThat(group.child("none").oomKills()).isEmpty();
  }

  @Test
  void killTakesWholeTreesThatKeepForking() throws Exception {
    Cgroup below = group.child("below");
    below.create();
    // Each of them starts others without end.
    String fork = "while :; do (sleep 0.01; sleep 600) & sleep 0.005; done";
    group.apply(CgroupLimits.NONE.withPids(200L));
    for (Cgroup where : List.of(group, below)) {
      spawnIn(where, fork);
    }
    await().until(() -> group.pids().size() > 20);
    group.kill();
    assertThat(group.pids()).isEmpty();
    for (SpawnedProcess process : processes) {
      assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    }
    group.kill();
    group.delete();
    assertThat(group.exists()).isFalse();
  }

  @Test
  void whoWaitsForItsChildrenDoesNotSeeThemKilled() throws Exception {
    for (int i = 0; i < 20; i++) {
      SpawnedProcess process = spawnIn(group, "for i in 1 2 3 4 5 6 7; do sleep 600 & done; wait");
      await().until(() -> group.pids().size() == 8);
      group.kill();
      assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    }
  }

  /** A thread that is joined is ended a moment later: a kill just then is no kill of ourselves. */
  @Test
  void aThreadOfOursIsNotKilledButWaitedFor() throws Exception {
    SpawnedProcess process = spawn("sleep", "600");
    group.addProcess(process.pid());
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                group.addThread(0);
                in.countDown();
                end.await();
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    in.await();
    String self = Long.toString(ProcessHandle.current().pid());
    assertThatThrownBy(() -> group.kill(Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ETIMEDOUT))
        .hasMessageContaining(self);
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    end.countDown();
    group.kill();
    assertThat(group.pids()).isEmpty();
    thread.join();
    group.delete();
  }

  @Test
  void aFrozenGroupStandsStillAndCanBeKilled() throws Exception {
    SpawnedProcess process = spawnIn(group, "while :; do :; done");
    await().until(() -> group.stats().cpuUsageNanos() > 1_000_000);
    group.freeze();
    group.freeze();
    long usage = group.stats().cpuUsageNanos();
    TimeUnit.MILLISECONDS.sleep(50);
    assertThat(group.stats().cpuUsageNanos()).isEqualTo(usage);
    group.thaw();
    group.thaw();
    await().until(() -> group.stats().cpuUsageNanos() > usage);
    group.freeze();
    group.kill();
    assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
  }

  /** As what Docker in a container has paused. */
  @Test
  void whatIsFrozenFurtherDownIsKilledToo() throws Exception {
    Cgroup below = group.child("docker").child("paused");
    below.create();
    SpawnedProcess paused = spawnIn(below, "while :; do :; done");
    SpawnedProcess running = spawnIn(group, "while :; do :; done");
    below.freeze();
    group.kill();
    for (SpawnedProcess process : List.of(paused, running)) {
      assertThat(process.exit().get(60, TimeUnit.SECONDS).signal()).isEqualTo(Signals.SIGKILL);
    }
  }

  @Test
  void aGroupInUseIsNotRemovedButNamed() throws Exception {
    SpawnedProcess process = spawn("sleep", "600");
    group.addProcess(process.pid());
    assertThatThrownBy(() -> group.delete(Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
        .hasMessageContaining(group.path());
    group.kill();
    group.delete();
  }

  @Test
  void whatIsNotThereIsNoTrouble() throws Exception {
    Cgroup none = Cgroup.of(host, "/gantry-test-none/at/all");
    assertThat(none.exists()).isFalse();
    assertThat(none.pids()).isEmpty();
    none.kill();
    none.freeze();
    none.thaw();
    none.delete();
    assertThatThrownBy(() -> none.addProcess(1)).isInstanceOf(LinuxException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "a", "//", "/a//b", "/a/../b", "/./a", "/..", "/a\0b"})
  void pathsThatLeadElsewhereAreRefused(String path) {
    assertThatIllegalArgumentException().isThrownBy(() -> Cgroup.of(host, path));
  }
}
