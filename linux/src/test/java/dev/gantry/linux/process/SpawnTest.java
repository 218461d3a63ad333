package dev.gantry.linux.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.Spawn.Result;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int KIB = 1024;

  @TempDir Path dir;

  private static Result sh(String script) throws IOException {
    return Spawn.of("/bin/sh", "-c", script).run(LONG, KIB);
  }

  @Test
  void outputErrorsAndExitCodeComeBack() throws IOException {
    Result result = sh("echo out; echo err >&2; exit 3");
    assertThat(result.stdoutText()).isEqualTo("out\n");
    assertThat(result.stderr()).isEqualTo("err\n");
    assertThat(result.exit()).isEqualTo(new ExitStatus(3, null));
    assertThat(result.success()).isFalse();
    assertThat(result.timedOut()).isFalse();
    assertThat(result.truncated()).isFalse();
  }

  @Test
  void aSignalIsToldFromAnExitCode() throws IOException {
    assertThat(sh("kill -TERM $$").exit()).isEqualTo(new ExitStatus(143, Signals.SIGTERM));
    assertThat(sh("exit 143").exit()).isEqualTo(new ExitStatus(143, null));
    assertThat(new ExitStatus(143, Signals.SIGTERM).describe()).isEqualTo("SIGTERM");
    assertThat(new ExitStatus(2, null).describe()).isEqualTo("exit code 2");
  }

  @Test
  void theEnvironmentIsWhatIsGiven() throws IOException {
    Result bare = Spawn.of("env").env(Map.of("A", "1 2")).env("B", "ü=").run(LONG, KIB);
    assertThat(bare.stdoutText().lines()).containsExactlyInAnyOrder("A=1 2", "B=ü=");
    Result ours = Spawn.of("env").inheritEnv().env("PATH", "/nowhere").run(LONG, 1 << 20);
    assertThat(ours.stdoutText().lines()).contains("PATH=/nowhere");
    assertThatIllegalArgumentException().isThrownBy(() -> Spawn.of("env").env("A=B", "c"));
  }

  @Test
  void theWorkingDirectoryIsSet() throws IOException {
    assertThat(Spawn.of("pwd").cwd(dir).run(LONG, KIB).stdoutText()).isEqualTo(dir + "\n");
    Path script = Files.writeString(dir.resolve("here"), "#!/bin/sh\necho found\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThat(Spawn.of("./here").cwd(dir).run(LONG, KIB).stdoutText()).isEqualTo("found\n");
  }

  @Test
  void whatCannotBeSpawnedIsNamed() throws IOException {
    Path plain = Files.writeString(dir.resolve("plain"), "x");
    Path odd = Files.write(dir.resolve("odd"), new byte[] {0x7f, 'E', 'L', 'F', 0, 0});
    assertThat(odd.toFile().setExecutable(true)).isTrue();
    assertFailure(Spawn.of("/no/such/binary"), Errno.ENOENT, "/no/such/binary");
    assertFailure(Spawn.of("no-such-binary-anywhere"), Errno.ENOENT, "no-such-binary-anywhere");
    assertFailure(Spawn.of("true").cwd(dir.resolve("gone")), Errno.ENOENT, dir + "/gone");
    assertFailure(Spawn.of(plain.toString()), Errno.EACCES, plain.toString());
    assertFailure(Spawn.of(odd.toString()), Errno.ENOEXEC, odd.toString());
    assertFailure(Spawn.of("echo", "a\0b"), Errno.EINVAL, "NUL");
    assertFailure(Spawn.of("echo").env("A", "a\0b"), Errno.EINVAL, "NUL");
    assertThatIllegalArgumentException().isThrownBy(() -> Spawn.of());
    assertThatIllegalArgumentException().isThrownBy(() -> Spawn.of(""));
  }

  private static void assertFailure(Spawn spawn, Errno errno, String text) {
    assertThatThrownBy(spawn::start)
        .isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.errno()).isEqualTo(errno))
        .hasMessageContaining(text);
    assertThatThrownBy(() -> spawn.run(LONG, KIB)).isInstanceOf(LinuxException.class);
  }

  @Test
  void theChildSeesNoDescriptorOfOurs() throws IOException {
    try (Pipe inherited = Pipe.open()) {
      assertThat(inherited.read().number()).isPositive();
      Result result = sh("ls /proc/self/fd");
      // 3 is the directory that ls itself has open.
      assertThat(result.stdoutText().lines()).containsExactly("0", "1", "2", "3");
    }
  }

  @Test
  void descriptorsArePassedUnderTheNumbersAskedFor() throws Exception {
    List<Fd> open = new ArrayList<>();
    Spawn spawn = Spawn.of("/bin/sh", "-c", "cat <&3; cat <&4; cat <&5; cat <&9; ls /proc/self/fd");
    try {
      int[] children = {4, 3, 9, 5};
      for (int child : children) {
        Fd fd = MemoryFile.of("test", ("for " + child + "\n").getBytes(UTF_8));
        open.add(fd);
        spawn.passFd(fd, child);
      }
      assertThat(spawn.run(LONG, KIB).stdoutText().lines())
          .containsExactly(
              "for 3", "for 4", "for 5", "for 9", "0", "1", "2", "3", "4", "5", "6", "9");
    } finally {
      open.forEach(Fd::close);
    }
  }

  @Test
  void swappedLowDescriptorsDoNotOverwriteEachOther() throws Exception {
    // Sources below the child's highest number, in the order that would clash.
    try (Fd a = MemoryFile.of("a", "a".getBytes(UTF_8));
        Fd b = MemoryFile.of("b", "b".getBytes(UTF_8));
        Pipe out = Pipe.open()) {
      SpawnedProcess process =
          Spawn.of("/bin/bash", "-c", "cat <&" + a.number() + "; cat <&" + b.number())
              .passFd(a, b.number())
              .passFd(b, a.number())
              .passFd(a, 255)
              .stdout(out.write())
              .start();
      out.write().close();
      try (PipeReader reader = PipeReader.read(out.read(), KIB)) {
        assertThat(reader.bytes().get().text()).isEqualTo("ba");
      }
      assertThat(process.exit().get().success()).isTrue();
    }
  }

  @Test
  void inputIsReadToItsEnd() throws IOException {
    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    Result result = Spawn.of("cat").stdinBytes(bytes).run(LONG, bytes.length);
    assertThat(result.stdout()).isEqualTo(bytes);
    assertThat(result.truncated()).isFalse();
    assertThat(sh("cat").stdoutText()).isEmpty();
  }

  @Test
  void outputBeyondTheLimitIsDroppedAndSaidSo() throws IOException {
    Result result = sh("head -c 1000000 /dev/zero; echo end >&2");
    assertThat(result.success()).isTrue();
    assertThat(result.stdout()).hasSize(KIB);
    assertThat(result.truncated()).isTrue();
    assertThat(result.stderr()).isEqualTo("end\n");
  }

  @Test
  void theDeadlineKillsAllOfTheProcessGroup() throws Exception {
    Path pids = dir.resolve("pids");
    Result result =
        Spawn.of("/bin/sh", "-c", "sleep 600 & echo $! > " + pids + "; echo begun; sleep 601")
            .run(Duration.ofMillis(500), KIB);
    assertThat(result.timedOut()).isTrue();
    assertThat(result.success()).isFalse();
    assertThat(result.exit().signal()).isEqualTo(Signals.SIGKILL);
    assertThat(result.stdoutText()).isEqualTo("begun\n");
    int background = Integer.parseInt(Files.readString(pids).strip());
    await().until(() -> ProcessStat.read(background).filter(s -> !s.dead()).isEmpty());
  }

  @Test
  void whatTheProgramLeavesRunningIsNotWaitedFor() throws Exception {
    Path pid = dir.resolve("pid");
    Result result =
        Spawn.of("/bin/sh", "-c", "sleep 600 & echo $! > " + pid + "; echo done")
            .drain(Duration.ofMillis(50))
            .run(LONG, KIB);
    assertThat(result.success()).isTrue();
    assertThat(result.stdoutText()).isEqualTo("done\n");
    ProcessId left = ProcessId.of(Integer.parseInt(Files.readString(pid).strip()));
    assertThat(left.alive()).isTrue();
    try (Pidfd pidfd = Pidfd.open(left).orElseThrow()) {
      pidfd.signal(Signals.SIGKILL);
    }
  }

  @Test
  void anInterruptKillsTheProgram() throws Exception {
    Path pid = dir.resolve("pid");
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> run =
          executor.submit(() ->
              assertThatThrownBy(() ->
                      Spawn.of("/bin/sh", "-c", "echo $$ > " + pid + "; exec sleep 600")
                          .run(LONG, KIB))
                  .isInstanceOf(InterruptedIOException.class));
      await().until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
      int number = Integer.parseInt(Files.readString(pid).strip());
      executor.shutdownNow();
      run.get();
      await().until(() -> ProcessId.find(number).isEmpty());
    }
  }

  @Test
  void aSessionOfItsOwn() throws Exception {
    SpawnedProcess process = Spawn.of("sleep", "600").newSession().start();
    assertThat(sessionOf(process.pid())).isEqualTo(process.pid());
    process.kill(Signals.SIGKILL);
    process.exit().get();
    SpawnedProcess ours = Spawn.of("sleep", "600").start();
    assertThat(sessionOf(ours.pid())).isEqualTo(sessionOf((int) ProcessHandle.current().pid()));
    ours.kill(Signals.SIGKILL);
    ours.exit().get();
  }

  private static int sessionOf(int pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3]);
  }

  @Test
  void signalsAreAtTheirDefaultsAndUnblocked() throws IOException {
    Result result = sh("grep -E 'Sig(Blk|Ign)' /proc/self/status");
    assertThat(result.stdoutText().lines())
        .containsExactly("SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000");
  }

  @Test
  void anEndedProcessIsReapedAndNotSignalledAnyMore() throws Exception {
    SpawnedProcess process = Spawn.of("sleep", "600").start();
    assertThat(process.id().alive()).isTrue();
    assertThat(process.kill(Signals.SIGTERM)).isTrue();
    assertThat(process.exit().get()).isEqualTo(new ExitStatus(143, Signals.SIGTERM));
    await().until(() -> ProcessId.find(process.pid()).isEmpty());
    assertThat(process.kill(Signals.SIGTERM)).isFalse();
    assertThat(process.id().alive()).isFalse();
  }

  @Test
  void manyAtOnceFromVirtualThreadsLeakNothing() throws Exception {
    sh("true");
    long before = openFds();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Result>> runs = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String script = "echo " + i + "; exit " + i % 7;
        runs.add(executor.submit(() -> sh(script)));
      }
      for (int i = 0; i < runs.size(); i++) {
        Result result = runs.get(i).get();
        assertThat(result.stdoutText()).isEqualTo(i + "\n");
        assertThat(result.exit().code()).isEqualTo(i % 7);
      }
    }
    await().untilAsserted(() -> assertThat(openFds()).isLessThanOrEqualTo(before));
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> Spawn.of("/no/such/binary").run(LONG, KIB))
          .isInstanceOf(LinuxException.class);
    }
    assertThat(openFds()).isLessThanOrEqualTo(before);
  }

  private static long openFds() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.count();
    }
  }
}
