package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
  @ParameterizedTest
  @CsvSource({
    "SIGTERM,15",
    "TERM,15",
    "15,15",
    "sigkill,9",
    "HUP,1",
    "SIGSYS,31",
    "SIGPOLL,29",
    "IO,29",
    "RTMIN,34",
    "SIGRTMIN+3,37",
    "rtmin+30,64",
    "SIGRTMAX,64",
    "RTMAX-14,50",
    "64,64",
    "CLD,17"
  })
  void knowsNamesAndNumbers(String text, int number) {
    assertThat(Signals.number(text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SIG",
        "SIGNOPE",
        "0",
        "-1",
        "65",
        "SIG15",
        "RTMIN+31",
        "RTMAX-31",
        "RTMIN+",
        "1 5",
        "99999999999",
        "RTMIN--1"
      })
  void refusesWhatIsNone(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Signals.number(text))
        .withMessageContaining("\"" + text + "\"");
  }

  @Test
  void namesComeBackAsTheirNumbers() {
    assertThat(IntStream.rangeClosed(1, 64).filter(n -> n < 32 || n > 33))
        .allSatisfy(n -> assertThat(Signals.number(Signals.name(n))).isEqualTo(n));
    assertThat(Signals.name(15)).isEqualTo("SIGTERM");
    assertThat(Signals.name(37)).isEqualTo("SIGRTMIN+3");
  }
}
