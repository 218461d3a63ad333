package dev.gantry.cli.command;

import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code gantry train-aot}: runs what people run most, so that a JVM that watches (see {@code
 * bin/train-aot}) learns which classes they need. What they answer does not matter.
 */
@Command(name = "train-aot", hidden = true, description = "Run commands for the AOT cache")
final class TrainAot implements Callable<Integer> {
  private static final List<String> LINES =
      List.of(
          "--help",
          "version",
          "info",
          "info -q -o yaml",
          "pods",
          "pods -o json",
          "ps -a",
          "ps -a -o json",
          "images",
          "images -o yaml",
          "imagefsinfo",
          "stats --seconds 1",
          "logs none",
          "inspect none",
          "inspectp none",
          "exec --sync none true",
          "stop none",
          "rmp none",
          "run --help",
          "demo --help",
          "doctor");

  private final Session session;

  @Parameters(paramLabel = "ENDPOINT", description = "A daemon that may be asked")
  private String endpoint = "";

  TrainAot(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    PrintStream nowhere =
        new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (String line : LINES) {
      Session quiet = new Session(nowhere, nowhere, Map.of(), () -> false);
      String[] words = ("--runtime-endpoint " + endpoint + " " + line).split(" ");
      int exit = GantryCli.run(quiet, words);
      session.out().println(line + ": " + exit);
    }
    return 0;
  }
}
