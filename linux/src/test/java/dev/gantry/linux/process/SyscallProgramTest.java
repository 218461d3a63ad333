package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.Pipe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SyscallProgramTest {
  private static final int SIGCHLD = 17;

  private static SyscallRun start(SyscallProgram program, Map<Integer, Fd> descriptors)
      throws LinuxException {
    SyscallRun run = program.prepare(new TreeMap<>(descriptors));
    run.adopt(run.spawn());
    return run;
  }

  @Test
  void resultsAreReportedInOrderAndThenTheEnd() throws Exception {
    SyscallProgram program = new SyscallProgram();
    int pid = program.add("get", "pid", Nr.GETPID);
    program.report(pid);
    int umask = program.add("set", "umask", Nr.UMASK, 0);
    program.report(umask);
    program.exit();
    try (SyscallRun run = program.prepare(new TreeMap<>())) {
      SpawnedProcess helper = run.adopt(run.spawn());
      assertThat(run.next()).hasValue(helper.pid());
      assertThat(run.next()).isPresent();
      assertThat(run.next()).isEqualTo(OptionalLong.empty());
      assertThat(helper.exit().get().success()).isTrue();
    }
  }

  @Test
  void theFirstFailureEndsItAndSaysWhat() throws Exception {
    SyscallProgram program = new SyscallProgram();
    program.add("get", "pid", Nr.GETPID);
    program.add("enter", "/nowhere", Nr.CHDIR, program.string("/nowhere"));
    program.add("enter", "/never", Nr.CHDIR, program.string("/never"));
    program.exit();
    try (SyscallRun run = start(program, Map.of())) {
      assertThatThrownBy(run::next)
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
          .hasMessageContaining("enter /nowhere: ENOENT");
    }
  }

  @Test
  void aResultAboveZeroBranches() throws Exception {
    SyscallProgram program = new SyscallProgram();
    int fork = program.add("fork", "", Nr.CLONE, SIGCHLD);
    int inChild = program.add("get", "0", Nr.UMASK, 0);
    program.add("set", "umask", Nr.UMASK, 0);
    program.exit();
    program.jumpIfPositive(fork, program.report(fork));
    program.exit();
    try (SyscallRun run = start(program, Map.of())) {
      assertThat(run.next().orElseThrow()).isGreaterThan(1);
      assertThat(run.next()).isEmpty();
    }
    assertThat(inChild).isEqualTo(fork + 1);
  }

  @Test
  void itReadsWhatItIsGivenAndEndsWithIt() throws Exception {
    SyscallProgram program = new SyscallProgram();
    long buffer = program.bytes(new byte[8]);
    int read = program.add("read", "input", Nr.READ, 0, buffer, 8);
    program.report(read);
    program.exit();
    try (Pipe input = Pipe.open();
        SyscallRun run = start(program, Map.of(0, input.read()))) {
      input.write().close();
      assertThat(run.next()).hasValue(0);
      assertThat(run.next()).isEmpty();
    }
  }

  @Test
  void aListThatIsTooLongIsRefused() {
    SyscallProgram program = new SyscallProgram();
    assertThatIllegalStateException()
        .isThrownBy(() -> {
          for (int i = 0; i < 1000; i++) {
            program.exit();
          }
        });
  }

  @Test
  void theOtherArchitecturesFileIsWholeToo() {
    byte[] table = new byte[SyscallImage.ENTRY_BYTES];
    byte[] file = SyscallImage.of(false, 0x1_0000, table, new byte[] {1});
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int machineArm64 = 183;
    assertThat(header.getShort(18)).isEqualTo((short) machineArm64);
    assertThat(file[file.length - 1]).isEqualTo((byte) 1);
    long entry = header.getLong(24);
    int svc = 0xd400_0001;
    int fourthInstruction = (int) (entry & 0xffff) + 4 * Integer.BYTES + Integer.BYTES;
    assertThat(header.getInt(fourthInstruction)).isEqualTo(svc);
  }
}
