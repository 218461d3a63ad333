package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import org.junit.jupiter.api.Test;

class ProcessIdTest {
  private static final int NO_SUCH_PID = 0x3fffff0;

  @Test
  void aNameWithBlanksAndParenthesesHidesNoField() {
    ProcessStat stat =
        ProcessStat.parse(
            "42 (a ) Z 7 (x) S 17 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 987654 1000 200 9 1 1 0 0 0 256 0\n");
    assertThat(stat).isEqualTo(new ProcessStat('S', 17, 4_194_304, 3, 987_654, 256));
  }

  @Test
  void aZombieLeaderIsDeadOnlyWithoutOtherThreads() {
    assertThat(new ProcessStat('Z', 1, 0, 1, 5, 0).dead()).isTrue();
    assertThat(new ProcessStat('Z', 1, 0, 2, 5, 0).dead()).isFalse();
    assertThat(new ProcessStat('D', 1, 0, 1, 5, 0).dead()).isFalse();
  }

  @Test
  void whatIsDeadOnItsWayThereOrKilledIsEnding() {
    assertThat(new ProcessStat('S', 1, 0x400100, 1, 5, 1 << 14).ending()).isFalse();
    assertThat(new ProcessStat('Z', 1, 0, 1, 5, 0).ending()).isTrue();
    assertThat(new ProcessStat('D', 1, 0x400104, 1, 5, 0).ending()).isTrue();
    assertThat(new ProcessStat('D', 1, 0, 1, 5, 1 << 8).ending()).isTrue();
  }

  @Test
  void thisProcessIsAlive() throws Exception {
    int self = (int) ProcessHandle.current().pid();
    ProcessId id = ProcessId.of(self);
    assertThat(id.alive()).isTrue();
    assertThat(id.ending()).isFalse();
    assertThat(id.pid()).isEqualTo(self);
  }

  @Test
  void aReusedNumberIsAnotherProcess() throws Exception {
    ProcessId id = ProcessId.of((int) ProcessHandle.current().pid());
    ProcessId earlier = new ProcessId(id.pid(), id.startTime() - 1);
    assertThat(earlier.alive()).isFalse();
    assertThat(earlier.ending()).isTrue();
    assertThat(Pidfd.open(earlier)).isEmpty();
  }

  @Test
  void aMissingProcessIsNamed() {
    assertThat(ProcessId.find(NO_SUCH_PID)).isEmpty();
    assertThatThrownBy(() -> ProcessId.of(NO_SUCH_PID))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH))
        .hasMessageContaining(Integer.toString(NO_SUCH_PID));
    assertThatIllegalArgumentException().isThrownBy(() -> new ProcessId(0, 1));
  }
}
