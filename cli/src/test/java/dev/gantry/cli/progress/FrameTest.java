package dev.gantry.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
  private static final long SECOND = 1_000_000_000L;

  private static LayerProgress layer(char name, LayerStage stage, long bytes, long total) {
    return LayerProgress.newBuilder()
        .setDigest("sha256:" + String.valueOf(name).repeat(64))
        .setStage(stage)
        .setBytes(bytes)
        .setTotal(total)
        .build();
  }

  /** One layer of each stage; what comes, comes with 5 MB a second. */
  private static Transfer transfer() {
    var transfer = new Transfer();
    for (int second = 0; second <= 2; second++) {
      transfer.update(
          second * SECOND,
          "https://mirror.example:5000/v2",
          List.of(
              layer('a', LayerStage.LAYER_STAGE_PRESENT, 31_000_000, 31_000_000),
              layer('b', LayerStage.LAYER_STAGE_DONE, 1_000_000, 1_000_000),
              layer('c', LayerStage.LAYER_STAGE_TRANSFER, second * 5_000_000L, 40_000_000),
              layer('d', LayerStage.LAYER_STAGE_UNPACKING, 2_500_000, 2_500_000),
              layer('e', LayerStage.LAYER_STAGE_WAITING, 0, 6_500_000)));
    }
    return transfer;
  }

  @Test
  void everyStageHasItsLine() {
    assertThat(new Frame(100, 24, true).lines("pulling example.com/app:1", transfer()))
        .containsExactly(
            "pulling example.com/app:1 from mirror.example:5000",
            "aaaaaaaaaaaa  already there  31MB",
            "bbbbbbbbbbbb  done           1MB",
            "cccccccccccc  ━━━━━━━━━━" + "─".repeat(30) + "  10MB/40MB        5MB/s      6s",
            "dddddddddddd  unpacking      2.5MB",
            "eeeeeeeeeeee  waiting        6.5MB",
            "2/5 layers    ━━━━━━━━━━" + "─".repeat(30) + "  13.5MB/50MB      5MB/s      8s");
  }

  @Test
  void aTerminalWithoutUnicodeGetsAscii() {
    assertThat(new Frame(80, 24, false).lines("pulling a", transfer()).get(3))
        .isEqualTo("cccccccccccc  [======" + " ".repeat(19) + "]  10MB/40MB        5MB/s      6s");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 20, 39, 40, 59, 60, 61, 80, 200})
  void noLineIsAsWideAsTheTerminal(int columns) {
    assertThat(new Frame(columns, 24, true).lines("pulling example.com/app:1", transfer()))
        .allSatisfy(line -> assertThat(line.length()).isLessThan(columns));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 6, 10, 24})
  void noFrameIsAsHighAsTheTerminal(int rows) {
    var transfer = new Transfer();
    List<LayerProgress> many = new ArrayList<>();
    for (char c = 'A'; c < 'Z'; c++) {
      many.add(layer(c, LayerStage.LAYER_STAGE_PRESENT, 10, 10));
    }
    many.add(layer('z', LayerStage.LAYER_STAGE_TRANSFER, 5, 10));
    transfer.update(0, "", many);
    List<String> lines = new Frame(80, rows, true).lines("pulling a", transfer);
    assertThat(lines).hasSizeLessThan(rows);
    // What goes on is never what is left out.
    assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("zzzzzzzzzzzz  ━"));
    assertThat(lines).anySatisfy(line -> assertThat(line).matches("and \\d+ more layers"));
  }

  @Test
  void aHostThatTheNameSaysIsNotSaidAgain() {
    var transfer = new Transfer();
    transfer.update(0, "http://127.0.0.1:5000/v2", List.of());
    assertThat(new Frame(80, 24, true).lines("pulling 127.0.0.1:5000/app:1", transfer))
        .containsExactly("pulling 127.0.0.1:5000/app:1");
  }

  @Test
  void sizesThatNobodyKnowsHaveNoBarAndNoEnd() {
    var transfer = new Transfer();
    transfer.update(0, "", List.of(layer('c', LayerStage.LAYER_STAGE_TRANSFER, 0, -1)));
    transfer.update(SECOND, "", List.of(layer('c', LayerStage.LAYER_STAGE_TRANSFER, 7_000, -1)));
    assertThat(new Frame(80, 24, true).lines("pushing a", transfer))
        .containsExactly(
            "pushing a",
            "cccccccccccc  7kB              7kB/s",
            "0/1 layers    7kB              7kB/s");
    assertThat(Frame.summary(transfer)).isEqualTo("7kB, 0 of 1 layers, 7kB/s");
  }

  @Test
  void whatWasNeverBegunWasNotTransferred() {
    assertThat(transfer().begun()).isEqualTo(43_500_000);
  }

  @Test
  void aLogGetsOneLine() {
    assertThat(Frame.summary(transfer()))
        .isEqualTo("13.5MB of 50MB, 2 of 5 layers, 5MB/s, 8s left");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 0, ''",
    "100, 100, 50, ''",
    "0, -1, 50, ''",
    "0, 100, 50, 2s",
    "0, 101, 50, 3s",
    "0, 3000, 50, 1m00s",
    "0, 3050, 50, 1m01s",
    "0, 200000, 50, 1h06m",
    "0, 99999999, 50, >99h",
  })
  void timeLeft(long bytes, long total, double rate, String left) {
    assertThat(Frame.duration(Frame.secondsLeft(bytes, total, rate))).isEqualTo(left);
  }

  @Test
  void aRateIsOfTheLastSecondsOnly() {
    var meter = new RateMeter();
    assertThat(meter.perSecond()).isZero();
    meter.add(0, 1_000_000); // an earlier pull's
    assertThat(meter.perSecond()).isZero();
    for (int second = 1; second <= 10; second++) {
      meter.add(second * SECOND, 1_000_000 + second * 100L);
    }
    assertThat(meter.perSecond()).isEqualTo(100);
    for (int second = 11; second <= 20; second++) {
      meter.add(second * SECOND, 1_001_000);
    }
    assertThat(meter.perSecond()).isZero();
    meter.add(21 * SECOND, 0); // fetched anew
    meter.add(22 * SECOND, 50);
    assertThat(meter.perSecond()).isEqualTo(50);
  }
}
