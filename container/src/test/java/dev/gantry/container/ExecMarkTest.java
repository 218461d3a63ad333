package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Rlimit;
import dev.gantry.oci.runtime.User;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecMarkTest {
  private static Process with(Rlimit... limits) {
    return new Process(
        false,
        null,
        User.ROOT,
        List.of("true"),
        List.of("A=b"),
        "/",
        null,
        List.of(limits),
        false,
        null,
        null,
        null);
  }

  private static Rlimit mark(Process process) {
    return new ExecMark(process)
        .marked().rlimits().stream()
            .filter(limit -> limit.type().equals("RLIMIT_RTTIME"))
            .reduce((first, second) -> {
              throw new AssertionError("two limits of one type");
            })
            .orElseThrow();
  }

  @Test
  void isALimitThatLimitsNothing() {
    Rlimit mark = mark(with());

    assertThat(mark.hard()).isGreaterThanOrEqualTo(1L << 62);
    assertThat(mark.soft()).isEqualTo(mark.hard());
    assertThat(mark(with()).hard()).isNotEqualTo(mark.hard());
  }

  @Test
  void leavesEverythingElseAsItIs() {
    Rlimit files = new Rlimit("RLIMIT_NOFILE", 100, 50);
    Process process = with(files);

    Process marked = new ExecMark(process).marked();

    assertThat(marked.rlimits()).contains(files).hasSize(2);
    assertThat(marked).usingRecursiveComparison().ignoringFields("rlimits").isEqualTo(process);
  }

  @Test
  void staysBelowALimitThatTheContainerHas() {
    Rlimit mark = mark(with(new Rlimit("RLIMIT_RTTIME", 2_000_000, 1_000_000)));

    assertThat(mark.hard()).isBetween(1_998_000L, 2_000_000L);
    assertThat(mark.soft()).isEqualTo(1_000_000);
    assertThat(mark(with(new Rlimit("RLIMIT_RTTIME", Rlimit.UNLIMITED, 7))).soft()).isEqualTo(7);
  }
}
