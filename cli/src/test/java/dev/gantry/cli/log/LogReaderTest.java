package dev.gantry.cli.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.cli.CliFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {
  private static final String T1 = "2026-11-21T10:00:01.000000001+00:00";
  private static final String T2 = "2026-11-21T10:00:02.000000002Z";
  private static final String T3 = "2026-11-21T12:00:03.000000003+02:00";

  @TempDir private Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicBoolean running = new AtomicBoolean(true);

  private Path log(String... lines) throws IOException {
    Path log = directory.resolve("0.log");
    Files.writeString(log, String.join("\n", lines) + (lines.length == 0 ? "" : "\n"));
    return log;
  }

  private static void append(Path log, String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.APPEND, StandardOpenOption.CREATE);
  }

  private LogReader reader(Path log, LogOptions options) {
    return new LogReader(
        log,
        options,
        running::get,
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, false, StandardCharsets.UTF_8));
  }

  private static LogOptions tail(long lines) {
    return new LogOptions(false, lines, Optional.empty(), false, -1, Optional.empty());
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachStreamGoesToItsOwnAndPiecesAreJoined() throws IOException {
    Path log =
        log(
            T1 + " stdout P one ",
            T1 + " stderr F an error",
            T1 + " stdout P line ",
            T2 + " stdout F in three",
            T2 + " stdout F ",
            T3 + " stdout F:x with another tag");
    reader(log, LogOptions.WHOLE).show();
    assertThat(out()).isEqualTo("one line in three\n\nwith another tag\n");
    assertThat(err()).isEqualTo("an error\n");
  }

  @Test
  void timestampsStandBeforeWholeLines() throws IOException {
    Path log = log(T1 + " stdout P one ", T2 + " stdout F line", T3 + " stderr F other");
    var options = new LogOptions(false, -1, Optional.empty(), true, -1, Optional.empty());
    reader(log, options).show();
    assertThat(out()).isEqualTo(T1 + " one line\n");
    assertThat(err()).isEqualTo(T3 + " other\n");
  }

  @Test
  void whatIsNotInTheFormatIsLeftOut() throws IOException {
    Path log =
        log("", "garbage", "x stdout F y", T1 + " stdin F y", T1 + " stdout X y", T1 + " stdout");
    append(log, T2 + " stdout F cut by a cra");
    reader(log, LogOptions.WHOLE).show();
    assertThat(out()).isEqualTo("cut by a cra\n");
  }

  @Test
  void tailCountsTheContainersLines() throws IOException {
    Path log =
        log(
            T1 + " stdout F first",
            T1 + " stdout P sec",
            T1 + " stdout F ond",
            T1 + " stdout P th",
            T1 + " stdout F ird");
    reader(log, tail(2)).show();
    assertThat(out()).isEqualTo("second\nthird\n");
  }

  @Test
  void tailMayBeLongerThanTheLogAndZero() throws IOException {
    Path log = log(T1 + " stdout F first", T1 + " stdout F second");
    reader(log, tail(5)).show();
    assertThat(out()).isEqualTo("first\nsecond\n");
    out.reset();
    reader(log, tail(0)).show();
    assertThat(out()).isEmpty();
  }

  @Test
  void tailReadsOverBlockBoundaries() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      text.append(T1 + " stdout F ").repeat('x', i % 150).append(i).append('\n');
    }
    Path log = log();
    append(log, text.toString());
    reader(log, tail(2001)).show();
    assertThat(out().lines().map(line -> line.replace("x", "")).toList())
        .hasSize(2001)
        .startsWith("999")
        .endsWith("2999");
  }

  @Test
  void sinceComparesMoments() throws IOException {
    Path log = log(T1 + " stdout F one", T2 + " stdout F two", T3 + " stdout F three");
    Instant since = Instant.parse("2026-11-21T10:00:02Z");
    reader(log, new LogOptions(false, -1, Optional.of(since), false, -1, Optional.empty())).show();
    assertThat(out()).isEqualTo("two\nthree\n");
  }

  @Test
  void bytesAndStreamAreLimited() throws IOException {
    Path log = log(T1 + " stdout F one", T2 + " stderr F two", T3 + " stdout F three");
    var limited =
        new LogOptions(false, -1, Optional.empty(), false, 6, Optional.of(LogLine.Stream.STDOUT));
    reader(log, limited).show();
    assertThat(out()).isEqualTo("one\nth");
    assertThat(err()).isEmpty();
  }

  @Test
  void followsThroughARotationUntilTheContainerHasEnded() throws Exception {
    Path log = log(T1 + " stdout F one");
    var following = CompletableFuture.runAsync(() -> reader(log, LogOptions.FOLLOW).show());
    await().until(() -> out().equals("one\n"));
    append(log, T2 + " stdout F two, in");
    append(log, " two writes\n");
    await().until(() -> out().endsWith("two, in two writes\n"));

    Files.move(log, directory.resolve("0.log.20261121-100000"));
    append(directory.resolve("0.log.20261121-100000"), T2 + " stdout F late\n");
    append(log, T3 + " stdout F three\n");
    await().until(() -> out().endsWith("late\nthree\n"));

    append(log, T3 + " stderr F the end\n");
    running.set(false);
    following.get();
    assertThat(err()).isEqualTo("the end\n");
  }

  @Test
  void followsALogThatIsMadeOnlyLater() throws Exception {
    Path log = directory.resolve("later.log");
    var following = CompletableFuture.runAsync(() -> reader(log, LogOptions.FOLLOW).show());
    append(log, T1 + " stdout F here\n");
    await().until(() -> out().equals("here\n"));
    running.set(false);
    following.get();
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path log = directory.resolve("none.log");
    assertThatThrownBy(() -> reader(log, LogOptions.WHOLE).show())
        .isInstanceOf(CliFailure.class)
        .hasMessage("read log " + log + ": no such file");
  }

  @Test
  void theLastLinesAreForMessages() throws IOException {
    assertThat(LogReader.lastLines(directory.resolve("none.log"), 3)).isEmpty();
    Path log = log(T1 + " stdout F one", T2 + " stderr F two", T3 + " stdout F three");
    assertThat(LogReader.lastLines(log, 2)).hasValue("two\nthree\n");
  }
}
