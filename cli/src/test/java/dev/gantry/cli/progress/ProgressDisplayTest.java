package dev.gantry.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cli.Session;
import dev.gantry.cli.output.Terminal;
import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private static final List<LayerProgress> HALF =
      List.of(
          LayerProgress.newBuilder()
              .setDigest("sha256:" + "c".repeat(64))
              .setStage(LayerStage.LAYER_STAGE_TRANSFER)
              .setBytes(5_000_000)
              .setTotal(10_000_000)
              .build());

  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private static Terminal terminal(Terminal.Size size) {
    return new Terminal() {
      @Override
      public boolean output() {
        return true;
      }

      @Override
      public Optional<Size> errorSize() {
        return Optional.of(size);
      }
    };
  }

  private Session session(Terminal terminal) {
    PrintStream stream = new PrintStream(errors, true, StandardCharsets.UTF_8);
    return new Session(stream, stream, Map.of(), terminal);
  }

  private String shown() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  @Test
  void framesAreDrawnOverEachOtherAndTakenAway() {
    var display = ProgressDisplay.start(session(terminal(new Terminal.Size(60, 10))), "pulling a");
    await().until(() -> shown().contains("pulling a\033[K\n"));
    display.update("", HALF);
    // Up one line, as the first frame had one; the new one has three, and the cursor is below it.
    await().until(() -> shown().contains("\r\033[1Apulling a\033[K\ncccccccccccc  "));
    assertThat(shown()).containsOnlyOnce("cccccccccccc");
    display.update("", List.of(HALF.getFirst().toBuilder().setBytes(6_000_000).build()));
    await().until(() -> shown().contains("\r\033[3Apulling a\033[K\n"));
    display.close();
    assertThat(shown()).endsWith("\033[K\n\r\033[3A\033[J");
    String before = shown();
    display.close();
    assertThat(shown()).isEqualTo(before);
    assertThat(display.result()).startsWith("1 layer, 10MB in ");
  }

  @Test
  void whenTheProcessEndsTheLastFrameStays() {
    var display = ProgressDisplay.start(session(terminal(new Terminal.Size(60, 10))), "pulling a");
    await().until(() -> shown().endsWith("pulling a\033[K\n"));
    display.freeze();
    display.close();
    assertThat(shown()).endsWith("pulling a\033[K\n");
  }

  @Test
  void withoutATerminalNothingIsDrawn() {
    try (var display = ProgressDisplay.start(session(Terminal.NONE), "pulling a")) {
      display.update("", HALF);
      assertThat(display.drawing()).isFalse();
    }
    assertThat(shown()).isEmpty();
  }
}
