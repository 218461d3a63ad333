package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import dev.gantry.cli.output.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** What a person at a terminal does: types commands, reads what they print. */
final class Gantry {
  private final Map<String, String> environment;

  Gantry(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** A command's end. */
  record Outcome(int exit, String out, String err) {
    /** What it printed, when it was to succeed. */
    String ok() {
      assertThat(exit).as(out + err).isZero();
      return out;
    }
  }

  Outcome run(String... arguments) {
    return typing("", arguments);
  }

  /** A command with this as its standard input. */
  Outcome typing(String input, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Session session =
        new Session(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment,
            Terminal.NONE);
    int exit = GantryCli.run(session, arguments);
    return new Outcome(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** One command line, split at blanks. */
  Outcome line(String words) {
    return run(Arrays.stream(words.split(" ")).toArray(String[]::new));
  }
}
