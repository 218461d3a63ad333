package dev.gantry.daemon.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.runtime.Seccomp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The very same filter is one that was not made again. */
class SeccompCacheTest {
  private static final String PROFILE =
      "{\"defaultAction\":\"%s\",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_LOG\"}]}";

  @TempDir Path dir;

  @Test
  void theDefaultProfileIsMadeOnceForTheSameCapabilities() throws Exception {
    Seccomp first = SeccompCache.byDefault(Set.of("CAP_KILL", "CAP_SYSLOG"));

    assertThat(SeccompCache.byDefault(Set.of("CAP_SYSLOG", "CAP_KILL"))).isSameAs(first);
    assertThat(SeccompCache.byDefault(Set.of("CAP_KILL"))).isNotEqualTo(first);
  }

  @Test
  void aFileIsReadOnceUntilItChanges() throws Exception {
    Path file = Files.writeString(dir.resolve("profile"), PROFILE.formatted("SCMP_ACT_ALLOW"));
    Seccomp first = SeccompCache.ofFile(file, Set.of());

    assertThat(SeccompCache.ofFile(file, Set.of())).isSameAs(first);
    assertThat(SeccompCache.ofFile(file, Set.of("CAP_KILL"))).isNotSameAs(first);
    Path other = Files.copy(file, dir.resolve("other"));
    assertThat(SeccompCache.ofFile(other, Set.of())).isNotSameAs(first);
    Files.writeString(file, PROFILE.formatted("SCMP_ACT_ERRNO"));
    assertThat(SeccompCache.ofFile(file, Set.of()).defaultAction()).isEqualTo("SCMP_ACT_ERRNO");
  }

  @Test
  void aFileThatIsNoProfileIsReadAgain() throws Exception {
    Path file = Files.writeString(dir.resolve("profile"), "no profile");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> SeccompCache.ofFile(file, Set.of()))
          .isInstanceOf(OciFormatException.class);
    }
  }
}
