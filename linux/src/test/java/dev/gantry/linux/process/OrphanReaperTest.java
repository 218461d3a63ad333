package dev.gantry.linux.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanReaperTest {
  @TempDir Path dir;

  @BeforeEach
  void start() throws Exception {
    OrphanReaper.start();
    OrphanReaper.start();
  }

  @Test
  void orphansBecomeOursAndAreReaped() throws Exception {
    Path pids = dir.resolve("pids");
    String script = "for i in 1 2 3 4 5; do (sleep 0.$i & echo $! >> " + pids + "); done";
    Spawn.of("/bin/sh", "-c", script).run(Duration.ofSeconds(60), 0);
    List<Integer> orphans = new ArrayList<>();
    for (String line : Files.readAllLines(pids)) {
      orphans.add(Integer.parseInt(line));
    }
    assertThat(orphans).hasSize(5);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(orphans).allSatisfy(o -> assertThat(ProcessId.find(o)).isEmpty()));
  }

  /** As the kernel writes /proc/<pid>/task/<tid>/children. */
  @Test
  void theListOfChildrenIsRead() {
    assertThat(OrphanReaper.numbers(new byte[0])).isEmpty();
    assertThat(OrphanReaper.numbers("7 12345 4194303 ".getBytes(US_ASCII)))
        .containsExactly(7, 12_345, 4_194_303);
  }

  @Test
  void ofManyOnlyOurDeadAreNamed() throws Exception {
    int self = (int) ProcessHandle.current().pid();
    SpawnedProcess dead = Spawn.of("/bin/true").start(true);
    SpawnedProcess alive = Spawn.of("/bin/sleep", "600").start();
    dead.exit().get(60, TimeUnit.SECONDS);
    int[] several = {alive.pid(), self, 1, dead.pid()};

    assertThat(WaitId.deadAmong(several)).containsExactly(dead.pid());

    dead.release();
    assertThat(WaitId.deadAmong(several)).isEmpty();
    alive.kill(Signals.SIGKILL);
    alive.exit().get(60, TimeUnit.SECONDS);
    assertThat(WaitId.deadAmong(several)).isEmpty();
  }

  @Test
  void anOrphanThatRunsIsOurChild() throws Exception {
    Path pid = dir.resolve("pid");
    String script = "(sleep 600 & echo $! > " + pid + ")";
    Spawn.of("/bin/sh", "-c", script).run(Duration.ofSeconds(60), 0);
    int orphan = Integer.parseInt(Files.readString(pid).strip());
    assertThat(ProcessStat.read(orphan).orElseThrow().parent())
        .isEqualTo((int) ProcessHandle.current().pid());
    try (Pidfd pidfd = Pidfd.open(ProcessId.of(orphan)).orElseThrow()) {
      pidfd.signal(Signals.SIGKILL);
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> ProcessId.find(orphan).isEmpty());
  }

  @Test
  void childrenThatAreWaitedForKeepTheirExitCodes() throws Exception {
    List<SpawnedProcess> ours = new ArrayList<>();
    List<Process> jdks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String script = "sleep 0." + i + "; exit " + i;
      ours.add(Spawn.of("/bin/sh", "-c", script).start());
      jdks.add(new ProcessBuilder("/bin/sh", "-c", script).start());
    }
    for (int i = 0; i < 20; i++) {
      assertThat(ours.get(i).exit().get(60, TimeUnit.SECONDS).code()).isEqualTo(i);
      assertThat(jdks.get(i).waitFor()).isEqualTo(i);
    }
  }

  @Test
  void whatAnotherProgramLeavesToUsCanBeAdopted() throws Exception {
    Path pid = dir.resolve("pid");
    String script = "(sleep 0.5; exit 7) & echo $! > " + pid;
    try (Adoption adoption = Adoption.expect()) {
      Spawn.of("/bin/sh", "-c", script).drain(Duration.ZERO).run(Duration.ofSeconds(60), 0);
      int number = Integer.parseInt(Files.readString(pid).strip());
      SpawnedProcess orphan = adoption.adopt(number);
      assertThat(orphan.id().alive()).isTrue();
      assertThat(orphan.exit().get(60, TimeUnit.SECONDS)).isEqualTo(new ExitStatus(7, null));
      assertThat(ProcessId.find(number)).isEmpty();
    }
  }

  @Test
  void anAdoptionOfWhatIsNotThereIsRefused() {
    try (Adoption adoption = Adoption.expect()) {
      assertThatThrownBy(() -> adoption.adopt(0x3fffff0))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
      assertThatIllegalStateException().isThrownBy(() -> adoption.adopt(0x3fffff0));
    }
  }
}
