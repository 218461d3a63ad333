package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
