package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.PullWatch;
import dev.gantry.cli.progress.ProgressDisplay;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How an image is pulled, and whether that is shown. */
final class PullOptions {
  @Mixin private Credentials credentials = new Credentials();

  @Option(
      names = {"-pt", "--pull-timeout"},
      paramLabel = "DURATION",
      defaultValue = "${env:CRICTL_PULL_TIMEOUT:-0s}",
      description = "How long a pull may take; 0s means as long as it takes")
  private Duration limit = Duration.ZERO;

  @Option(
      names = {"-q", "--quiet"},
      description = "Do not show how a pull gets on")
  private boolean quiet;

  boolean quiet() {
    return quiet;
  }

  /** Pulls {@code image}, for the pod if one is given; the answer is CRI's image reference. */
  String pull(Session session, CriClient client, ImageSpec image, Optional<PodSandboxConfig> pod) {
    String name = image.getImage();
    if (name.isEmpty()) {
      throw CliFailure.usage("the name of an image may not be empty");
    }
    if (quiet) {
      return Calls.pull(client, image, credentials.authConfig(), pod, limit);
    }
    // Asked before bars are drawn: it may want a password.
    var auth = credentials.authConfig();
    var runs = new AtomicBoolean();
    String reference;
    String result;
    try (ProgressDisplay display = ProgressDisplay.start(session, "pulling " + name);
        var _ = new Interruption(session, display, name, runs);
        var _ =
            PullWatch.start(
                client,
                name,
                pull -> {
                  runs.set(true);
                  display.update(pull.getHost(), pull.getLayersList());
                })) {
      reference = Calls.pull(client, image, auth, pod, limit);
      runs.set(false);
      result = display.drawing() ? display.result() : "";
    }
    if (!result.isEmpty()) {
      session.err().println("pulled " + name + ": " + result);
    }
    return reference;
  }

  /** What is said when the process is told to end by Ctrl-C or SIGTERM during a pull. */
  private static final class Interruption implements AutoCloseable {
    private final Session session;
    private final Thread hook;

    Interruption(Session session, ProgressDisplay display, String name, AtomicBoolean runs) {
      this.session = session;
      this.hook =
          new Thread(
              () -> {
                display.freeze();
                if (runs.get()) {
                  session
                      .err()
                      .println(
                          "gantry: pull "
                              + name
                              + ": left; it goes on in the daemon for a while, and another pull of"
                              + " it joins in");
                }
              },
              "pull interrupted");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        session.debug(() -> "the process is ending already");
      }
    }
  }
}
