package dev.gantry.streaming.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizeReaderTest {
  private final List<String> sizes = new ArrayList<>();
  private final ResizeReader reader = new ResizeReader();

  private void read(String text) {
    reader.read(
        Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII),
        (rows, columns) -> sizes.add(rows + "x" + columns));
  }

  @Test
  void readsSizesWhereverTheyAreCut() {
    read("{\"Width\":80,\"Hei");
    read("ght\":24}\n{\"height\":1,");
    read("\"width\":99999}{}nonsense}");

    assertThat(sizes).containsExactly("24x80", "1x65535");
  }

  @Test
  void keepsLittleOfWhatHasNoEnd() {
    read("x".repeat(100_000));
    read("{\"Width\":1,\"Height\":2}");

    assertThat(sizes).containsExactly("2x1");
  }
}
