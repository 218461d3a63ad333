package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.local.PodConfigs;
import dev.gantry.cli.log.LogOptions;
import dev.gantry.cli.log.LogReader;
import dev.gantry.cli.log.PodLogs;
import dev.gantry.cli.output.Human;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.streaming.client.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs one container in a pod of its own and stays with it until it ends. */
final class ForegroundPod {
  private static final String NAMESPACE = "default";
  private static final int STOP_SECONDS = 10;
  private static final int INTERRUPTED = 130; // 128 + SIGINT, as of a shell

  /** When an image is pulled. */
  enum PullPolicy {
    ALWAYS,
    MISSING,
    NEVER
  }

  /**
   * What is to be run.
   *
   * @param uid of the pod
   * @param logs directory of the log, which is removed with the pod
   * @param keep leave everything as it is in the end
   * @param detach do not stay with it once it runs
   */
  record Request(
      String image,
      List<String> command,
      String name,
      String handler,
      String uid,
      Path logs,
      RunOptions options,
      PullOptions pull,
      PullPolicy policy,
      boolean keep,
      boolean detach,
      Console console) {}

  /**
   * Whether the container has our input, and a terminal; with neither its log is shown.
   *
   * @param detachable whether the person may leave it running
   */
  record Console(boolean stdin, boolean terminal, Transport transport, boolean detachable) {
    boolean wanted() {
      return stdin || terminal;
    }
  }

  private final Session session;
  private final CriClient client;
  private final Request request;

  ForegroundPod(Session session, CriClient client, Request request) {
    this.session = session;
    this.client = client;
    this.request = request;
  }

  /** Runs it; the answer is the container's exit code. */
  int run() {
    try (Cleanup cleanup = new Cleanup(session)) {
      return run(cleanup);
    }
  }

  /** Runs it, leaving it to {@code cleanup} to remove it. */
  int run(Cleanup cleanup) {
    PodSandboxConfig.Builder podBuilder =
        PodConfigs.pod(
            request.name(),
            NAMESPACE,
            request.uid(),
            request.logs(),
            request.options().hostNetwork());
    request.options().apply(podBuilder);
    PodSandboxConfig pod = podBuilder.build();
    ContainerConfig container = container(pod);
    pull(pod);
    if (!request.keep()) {
      cleanup.undo(() -> RunLogs.remove(request.logs(), request.name()));
    }
    String podId = Calls.runPod(client, pod, request.handler(), Duration.ZERO);
    if (!request.keep()) {
      cleanup.undo(() -> removePod(podId));
    }
    String id = Calls.createContainer(client, podId, container, pod, Duration.ZERO);
    if (request.console().wanted()) {
      if (!request.keep()) {
        cleanup.undo(() -> stop(id));
      }
      boolean left = new AttachedStart(session, client, id, request.console()).run();
      return left ? leave(id, cleanup) : ended(id, cleanup);
    }
    Calls.startContainer(client, id);
    if (!request.keep()) {
      cleanup.undo(() -> stop(id));
    }
    if (request.detach()) {
      cleanup.forget();
      session.out().println(id);
      return 0;
    }
    return follow(id, cleanup);
  }

  /** The person has left it: it goes on. */
  private int leave(String id, Cleanup cleanup) {
    cleanup.forget();
    session
        .err()
        .println("gantry: left running; back to it: gantry attach -it " + Human.shortId(id));
    return 0;
  }

  private ContainerConfig container(PodSandboxConfig pod) {
    ContainerConfig.Builder container = PodConfigs.container(pod, request.name(), request.image());
    // CRI's `args` takes the place of the image's Cmd and leaves its Entrypoint, as people expect.
    container.addAllArgs(request.command());
    request.options().apply(session, container);
    container
        .setTty(request.console().terminal())
        .setStdin(request.console().stdin())
        // A person who leaves a terminal may come back to it.
        .setStdinOnce(request.console().stdin() && !request.console().terminal());
    return container.build();
  }

  private void pull(PodSandboxConfig pod) {
    boolean there =
        request.policy() != PullPolicy.ALWAYS
            && Calls.imageStatus(client, request.image(), false).hasImage();
    if (there) {
      return;
    }
    if (request.policy() == PullPolicy.NEVER) {
      throw CliFailure.of("run " + request.image() + ": no such image here, and --no-pull");
    }
    if (!request.pull().quiet() && session.terminal().errorSize().isEmpty()) {
      session.err().println("gantry: pulling " + request.image() + " …");
    }
    request.pull().pull(session, client, Calls.spec(request.image()), Optional.of(pod));
  }

  private int follow(String id, Cleanup cleanup) {
    Path log = Path.of(Calls.containerStatus(client, id, false).getStatus().getLogPath());
    new LogReader(
            log,
            LogOptions.FOLLOW,
            () -> PodLogs.isRunning(client, id),
            session.out(),
            session.err())
        .show();
    return ended(id, cleanup);
  }

  private int ended(String id, Cleanup cleanup) {
    if (cleanup.begun()) {
      return INTERRUPTED;
    }
    ContainerStatus status = Calls.containerStatus(client, id, false).getStatus();
    if (status.getState() != ContainerState.CONTAINER_EXITED) {
      throw CliFailure.of(
          "run " + request.image() + ": its state is " + Ps.state(status.getState()));
    }
    if (!status.getReason().equals("Completed") && !status.getReason().equals("Error")) {
      session.err().println(("gantry: " + status.getReason() + ": " + status.getMessage()).strip());
    }
    return status.getExitCode();
  }

  private void stop(String id) {
    if (PodLogs.isRunning(client, id)) {
      Calls.stopContainer(client, id, STOP_SECONDS);
    }
  }

  private void removePod(String podId) {
    Calls.stopPod(client, podId);
    Calls.removePod(client, podId);
  }
}
