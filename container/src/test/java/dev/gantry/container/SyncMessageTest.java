package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyncMessageTest {
  @Test
  void readsThePid() {
    assertThat(SyncMessage.parse("{\"pid\": 4711}\n")).contains(new SyncMessage(4711, ""));
    assertThat(SyncMessage.parse("{\"data\": 5}\n")).contains(new SyncMessage(5, ""));
  }

  @Test
  void readsTheRuntimesMessage() {
    String line = "{\"pid\": -1, \"message\": \"exec: \\\"x\\\": a\\\\b\\tc\\nd \\u0007 e\\n\"}\n";

    assertThat(SyncMessage.parse(line))
        .contains(new SyncMessage(-1, "exec: \"x\": a\\b\tc\nd \u0007 e\n"));
  }

  @Test
  void takesWhatAStrictParserRefuses() {
    // conmon passes control characters above 0x1e on as they are.
    assertThat(SyncMessage.parse("{\"pid\": -1, \"message\": \"\u001f\\u00zz\\\"}"))
        .contains(new SyncMessage(-1, "\u001f00zz\\"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "{}", "{\"pid\": }", "{\"pid\": 99999999999}", "{\"pid\": 1} x", "pid 1"})
  void refusesAnythingElse(String line) {
    assertThat(SyncMessage.parse(line)).isEmpty();
  }
}
