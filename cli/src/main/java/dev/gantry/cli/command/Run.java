package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.PodQuery;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.output.Human;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code gantry run}: one container in a pod of its own, its output followed until it ends, its
 * exit code returned. Without a daemon at the endpoint it starts a private one and removes it
 * again.
 */
@Command(
    name = "run",
    description = {
      "Run a command in a new container and show its output until it ends",
      "With two configuration files (container, pod) instead of an image: what crictl's run does.",
    })
final class Run implements Callable<Integer> {
  /** The exit code when the container could not be run, as of `docker run`. */
  private static final int NOT_RUN = 125;

  private final Session session;

  @Mixin private RunOptions options = new RunOptions();
  @Mixin private PullOptions pull = new PullOptions();

  @Option(names = "--name", paramLabel = "NAME", description = "Name of the pod and its container")
  private String name = "";

  @Option(
      names = "--no-rm",
      description = "Keep pod, container and log when it has ended (needs a daemon that stays)")
  private boolean keep;

  @Option(names = "--rm", description = "Remove pod, container and log in the end (default)")
  private boolean remove;

  @Option(
      names = {"-d", "--detach"},
      description =
          "Leave it running and print its id; `gantry logs` shows its output, `gantry rmp -f"
              + " NAME` ends and removes it")
  private boolean detach;

  @Option(
      names = "--private",
      description = "On a daemon of its own even if one runs; it is removed in the end")
  private boolean ownDaemon;

  @Option(
      names = {"-i", "--interactive"},
      description = "Give the container this program's standard input")
  private boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "Give the container a terminal")
  private boolean terminal;

  @Option(names = "--with-pull", description = "Pull the image even if it is there")
  private boolean withPull;

  @Option(names = "--no-pull", description = "Do not pull the image")
  private boolean noPull;

  @Option(
      names = {"-r", "--runtime"},
      paramLabel = "HANDLER",
      description = "The runtime handler, one of those that `gantry info` lists")
  private String handler = "";

  @Mixin private final TransportOption transport = new TransportOption();

  @Option(names = "--runtime-endpoint", hidden = true, paramLabel = "ENDPOINT")
  private String endpoint = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE [COMMAND [ARG…]]",
      description = "What runs; without a command the image's own")
  private List<String> arguments = new ArrayList<>();

  Run(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (!endpoint.isEmpty()) {
      session.options().runtimeEndpoint(endpoint);
    }
    if (noPull && withPull) {
      throw CliFailure.usage("--no-pull and --with-pull exclude each other");
    }
    if (detach && (remove || ownDaemon)) {
      throw CliFailure.usage(
          "--detach leaves the container to a daemon that stays, and nobody would be there to "
              + (remove ? "remove it: leave out --rm" : "end it: leave out --private"));
    }
    if (detach && (interactive || terminal)) {
      throw CliFailure.usage("--detach excludes --interactive and --tty")
          .advise("attach to it later: gantry attach");
    }
    if (RunConfigFiles.areMeant(arguments)) {
      try (CriClient client = session.connect()) {
        return RunConfigFiles.run(session, client, pull, !noPull, handler, arguments);
      }
    }
    try {
      boolean daemonExpected =
          session.endpointChosen() || Files.exists(session.runtimeEndpoint().socket());
      return daemonExpected && !ownDaemon ? onDaemon() : onPrivateDaemon();
    } catch (CliFailure e) {
      throw e.exitCode() == 1 ? e.withExitCode(NOT_RUN) : e;
    }
  }

  private int onDaemon() {
    String uid = UUID.randomUUID().toString();
    try (CriClient client = session.connect()) {
      if (!name.isEmpty()) {
        nobodyHas(client, name);
      }
      return new ForegroundPod(session, client, request(uid, RunLogs.of(uid), true)).run();
    }
  }

  private static void nobodyHas(CriClient client, String name) {
    PodQuery.everything("").list(client).stream()
        .filter(pod -> pod.getMetadata().getName().equals(name))
        .findFirst()
        .ifPresent(pod -> {
          String id = Human.shortId(pod.getId());
          throw CliFailure.of("run --name " + name + ": pod " + id + " has that name")
              .advise("choose another one, or remove that: gantry rmp -f " + id);
        });
  }

  private int onPrivateDaemon() {
    if (keep || detach) {
      throw CliFailure.usage(
              (keep ? "--no-rm" : "--detach") + " needs a daemon that stays, and none runs")
          .advise("start one first: gantry daemon");
    }
    Places places = Places.named("gantry-run-" + ProcessHandle.current().pid());
    PrivateDaemon daemon = new PrivateDaemon(session, places);
    try (Cleanup cleanup = new Cleanup(session)) {
      cleanup.undo(() -> {
        daemon.stop();
        PrivateRemains.remove(places);
      });
      daemon.start();
      CriClient client = daemon.connect();
      cleanup.undo(client::close);
      return new ForegroundPod(
              session, client, request(UUID.randomUUID().toString(), places.podLogs(), false))
          .run(cleanup);
    }
  }

  private ForegroundPod.Request request(String uid, Path logs, boolean daemonStays) {
    String image = arguments.getFirst();
    String podName = name.isEmpty() ? nameFor(image) : name;
    ForegroundPod.PullPolicy policy =
        noPull
            ? ForegroundPod.PullPolicy.NEVER
            : withPull ? ForegroundPod.PullPolicy.ALWAYS : ForegroundPod.PullPolicy.MISSING;
    return new ForegroundPod.Request(
        image,
        List.copyOf(arguments.subList(1, arguments.size())),
        podName,
        handler,
        uid,
        logs,
        options,
        pull,
        policy,
        keep,
        detach,
        new ForegroundPod.Console(interactive, terminal, transport.chosen(), daemonStays));
  }

  // The last part of the image's name, as a host name may be, and something to tell runs apart.
  private static String nameFor(String image) {
    String last = image.substring(image.lastIndexOf('/') + 1).replaceAll("[:@].*", "");
    String word = last.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String trimmed = word.replaceAll("^-+|-+$", "");
    String base = trimmed.isEmpty() ? "run" : trimmed.substring(0, Math.min(40, trimmed.length()));
    return base + "-" + UUID.randomUUID().toString().substring(0, 8);
  }
}
