package dev.gantry.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.GantryCli;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.output.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code gantry train-aot}: what {@code bin/train-aot} watches to learn which classes a client, a
 * daemon and a node need. Starts a private daemon and a private node that are watched as well, runs
 * a small pod on each and the commands that people run most, and removes all of it. What they print
 * does not matter; where pods cannot run, the rest is still learned.
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
          "stop none",
          "rmp none",
          "rmp --all --force");

  /** What people write most, and what the node then does most. */
  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: train}
      data: {page: "trained"}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: train}
      spec:
        selector: {matchLabels: {app: train}}
        template:
          metadata:
            labels: {app: train}
            annotations: {gantry.dev/page: http/}
          spec:
            terminationGracePeriodSeconds: 0
            containers:
            - name: web
              image: %s
              command: [httpd, -f, -p, "8080", -h, /config]
              ports: [{name: http, containerPort: 8080}]
              env: [{name: PAGE, valueFrom: {configMapKeyRef: {name: train, key: page}}}]
              readinessProbe: {httpGet: {path: /page, port: http}, periodSeconds: 1}
              livenessProbe: {exec: {command: ["true"]}, periodSeconds: 1}
              resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
              volumeMounts: [{name: config, mountPath: /config}, {name: scratch, mountPath: /s}]
            volumes:
            - {name: config, configMap: {name: train}}
            - {name: scratch, emptyDir: {}}
      """
          .formatted(IMAGE);

  private static final List<String> NODE_QUESTIONS =
      List.of(
          "get pods",
          "get all -o wide",
          "get pods -o yaml",
          "get events",
          "describe deployment/train",
          "logs deployment/train",
          "exec deployment/train -- true",
          "down deployment/train configmap/train");

  private final Session session;

  @Parameters(index = "0", paramLabel = "DIR", description = "Where the recordings go")
  private Path directory = Path.of("");

  TrainAot(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    String name = "gantry-train-" + ProcessHandle.current().pid();
    Places places = Places.named(name);
    withDaemon(
        new PrivateDaemon(session, places, recording("daemon")),
        Map.of("CONTAINER_RUNTIME_ENDPOINT", places.endpoint().toString()),
        environment -> {
          run(environment, "run", "--no-pull", IMAGE, "sh", "-c", "echo trained; echo >&2");
          QUESTIONS.forEach(line -> run(environment, line.split(" ")));
        });
    withDaemon(
        PrivateDaemon.node(session, places, recording("node")),
        Map.of("GANTRY_NODE", name),
        environment -> {
          Path manifest = write(places.root().resolve("train.yaml"), MANIFEST.getBytes(UTF_8));
          run(environment, "up", "--timeout", "30s", manifest.toString());
          NODE_QUESTIONS.forEach(line -> run(environment, line.split(" ")));
        });
    return 0;
  }

  private Map<String, String> recording(String role) {
    Path file = directory.resolve(role + ".conf");
    return Map.of("GANTRY_JVM_OPTIONS", "-XX:AOTMode=record -XX:AOTConfiguration=" + file);
  }

  /** Starts one, imports the image, does that work, and removes all of it. */
  private void withDaemon(
      PrivateDaemon daemon, Map<String, String> environment, Consumer<Map<String, String>> work) {
    Places places = daemon.places();
    try (Cleanup cleanup = new Cleanup(session)) {
      cleanup.undo(() -> PrivateRemains.remove(places));
      cleanup.undo(daemon::stop);
      try {
        daemon.start();
        byte[] image = ExampleImage.make().archive(IMAGE);
        run(
            Map.of("CONTAINER_RUNTIME_ENDPOINT", places.endpoint().toString()),
            "import",
            write(places.root().resolve("train.tar"), image).toString());
      } catch (CliFailure e) {
        session.report(e);
      }
      work.accept(environment);
      daemon.logTail().ifPresent(session.out()::println);
    }
  }

  private static Path write(Path file, byte[] content) {
    try {
      return Files.write(file, content);
    } catch (IOException e) {
      throw CliFailure.of("write " + file + ": " + e, e);
    }
  }

  private void run(Map<String, String> environment, String... words) {
    PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false, UTF_8);
    Session quiet = new Session(nowhere, session.err(), environment, Terminal.NONE);
    int exit = GantryCli.run(quiet, words);
    session.out().println(String.join(" ", words) + ": " + exit);
  }
}
