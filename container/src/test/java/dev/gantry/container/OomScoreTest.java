package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OomScoreTest {
  @Test
  void oneThatMayNotBeLoweredStaysAndThatIsNoFailure() throws Exception {
    Process process = new ProcessBuilder("sleep", "3600").start();
    try {
      int pid = (int) process.pid();
      String inherited = OomScore.of(pid).orElseThrow();
      String lower = Integer.toString(Integer.parseInt(inherited) - 1);

      boolean lowered = OomScore.set(pid, lower);

      assertThat(OomScore.of(pid)).contains(lowered ? lower : inherited);
      assertThat(OomScore.set(pid, "1000")).isTrue();
      assertThat(OomScore.of(pid)).contains("1000");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aProcessThatHasEndedNeedsNone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    int pid = (int) process.pid();
    assertThat(OomScore.set(pid, "1000")).isFalse();
  }
}
