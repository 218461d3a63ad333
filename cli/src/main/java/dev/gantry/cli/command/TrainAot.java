package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Endpoint;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.output.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code gantry train-aot}: what {@code bin/train-aot} watches to learn which classes a client and
 * a daemon need. Starts a private daemon that is watched as well, runs a small pod on it and the
 * commands that people run most, and removes all of it. What they print does not matter; where pods
 * cannot run, the rest is still learned.
 */
@Command(name = "train-aot", hidden = true, description = "Run commands for the AOT caches")
final class TrainAot implements Callable<Integer> {
  private static final String IMAGE = "localhost/gantry/train:1";
  private static final List<String> QUESTIONS =
      List.of(
          "--help",
          "version",
          "info",
          "info -q -o yaml",
          "doctor",
          "pods",
          "pods -o json",
          "ps -a",
          "ps -a -o json",
          "images",
          "images -o yaml",
          "imagefsinfo",
          "stats --all",
          "inspect none",
          "inspectp none",
          "inspecti " + IMAGE,
          "logs none",
          "exec --sync none true",
          "get pods",
          "stop none",
          "rmp none",
          "rmp --all --force");

  private final Session session;

  @Parameters(index = "0", paramLabel = "DIR", description = "Where the daemon's recording goes")
  private Path directory = Path.of("");

  TrainAot(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Places places = Places.named("gantry-train-" + ProcessHandle.current().pid());
    String record = "-XX:AOTMode=record -XX:AOTConfiguration=" + directory.resolve("daemon.conf");
    PrivateDaemon daemon = new PrivateDaemon(session, places, Map.of("GANTRY_JVM_OPTIONS", record));
    try (Cleanup cleanup = new Cleanup(session)) {
      cleanup.undo(() -> PrivateRemains.remove(places));
      cleanup.undo(daemon::stop);
      try {
        daemon.start();
        runPod(places);
      } catch (CliFailure e) {
        session.report(e);
      }
      QUESTIONS.forEach(line -> run(places.endpoint(), line.split(" ")));
      daemon.logTail().ifPresent(session.out()::println);
    }
    return 0;
  }

  private void runPod(Places places) {
    Path archive = places.root().resolve("train.tar");
    try {
      Files.write(archive, ExampleImage.make().archive(IMAGE));
    } catch (IOException e) {
      throw CliFailure.of("write " + archive + ": " + e, e);
    }
    run(places.endpoint(), "import", archive.toString());
    run(places.endpoint(), "run", "--no-pull", IMAGE, "sh", "-c", "echo trained; echo >&2");
  }

  private void run(Endpoint endpoint, String... words) {
    PrintStream nowhere =
        new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Session quiet =
        new Session(
            nowhere,
            session.err(),
            Map.of("CONTAINER_RUNTIME_ENDPOINT", endpoint.toString()),
            Terminal.NONE);
    int exit = GantryCli.run(quiet, words);
    session.out().println(String.join(" ", words) + ": " + exit);
  }
}
