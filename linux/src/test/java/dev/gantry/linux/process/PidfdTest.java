package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fd;
import dev.gantry.linux.event.Pipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PidfdTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** Linux 6.15 and later. */
  private static boolean kernelTells() throws IOException {
    Matcher release =
        RELEASE.matcher(Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
    assertThat(release.matches()).isTrue();
    int major = Integer.parseInt(release.group(1));
    return major > 6 || (major == 6 && Integer.parseInt(release.group(2)) >= 15);
  }

  @Test
  void givesADescriptorOfWhatTheProcessHasOpenAndTellsWhenItIsStopped() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    ProcessId id = ProcessId.of((int) process.pid());
    try (Pidfd pidfd = Pidfd.open(id).orElseThrow();
        Fd input = pidfd.descriptor(0)) {
      process.getOutputStream().write("five!".getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
      assertThat(Pipe.pending(input)).isEqualTo(5);
      assertThatThrownBy(() -> pidfd.descriptor(99)).hasMessageContaining("EBADF");

      assertThat(id.stopped()).isFalse();
      pidfd.signal(Signals.SIGSTOP);
      awaitStopped(id, true);
      pidfd.signal(Signals.SIGCONT);
      awaitStopped(id, false);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(id.stopped()).isFalse();
  }

  private static void awaitStopped(ProcessId id, boolean stopped) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (id.stopped() != stopped && System.nanoTime() < until) {
      Thread.sleep(1);
    }
    assertThat(id.stopped()).isEqualTo(stopped);
  }

  /** Another reaps it; where the kernel does not tell, nothing is made up. */
  @ParameterizedTest
  @CsvSource({"exit 7, 7", "exit 0, 0", "kill -9 $$, 137", "kill -15 $$, 143"})
  void tellsHowAProcessEndedThatAnotherHasReaped(String script, int code) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", "read line; " + script).start();
    ProcessId id = ProcessId.of((int) process.pid());
    try (Pidfd pidfd = Pidfd.open(id).orElseThrow()) {
      assertThat(pidfd.exitStatus()).isEmpty();
      process.getOutputStream().close();
      assertThat(process.waitFor(PATIENCE)).isTrue();

      Optional<Integer> told = pidfd.exitStatus().map(ExitStatus::code);
      assertThat(told).isEqualTo(kernelTells() ? Optional.of(code) : Optional.empty());
    } finally {
      process.destroyForcibly();
    }
  }
}
