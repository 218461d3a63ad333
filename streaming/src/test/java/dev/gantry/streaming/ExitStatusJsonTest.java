package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.streaming.ExitStatusJson.Outcome;
import org.junit.jupiter.api.Test;

class ExitStatusJsonTest {
  @Test
  void isWhatKubernetesClientsExpect() {
    assertThat(ExitStatusJson.exited(0)).isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
    assertThat(ExitStatusJson.exited(3))
        .contains("\"reason\":\"NonZeroExitCode\"")
        .contains("\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]");
  }

  @Test
  void isReadAsItWasWritten() {
    String nasty = "no \"such\" \\ file\n\t\u0007ü";

    assertThat(ExitStatusJson.parse(ExitStatusJson.exited(0))).isEqualTo(new Outcome.Exited(0));
    assertThat(ExitStatusJson.parse(ExitStatusJson.exited(255))).isEqualTo(new Outcome.Exited(255));
    assertThat(ExitStatusJson.parse(ExitStatusJson.failed(nasty)))
        .isEqualTo(new Outcome.Failed(nasty));
    assertThat(ExitStatusJson.parse("plain text of an old server"))
        .isEqualTo(new Outcome.Failed("plain text of an old server"));
  }
}
