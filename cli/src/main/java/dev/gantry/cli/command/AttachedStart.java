package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.terminal.RemoteConsole;
import dev.gantry.cri.v1.ContainerState;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts a container with our streams as its own: attached before it is started, so that nothing of
 * what it writes is missed. A runtime that attaches to running containers only gets the other
 * order.
 */
final class AttachedStart {
  private static final long POLL_MILLIS = 20;
  private static final int POLLS = 500;

  private final CriClient client;
  private final String id;
  private final ForegroundPod.Console console;
  private final RemoteConsole remote;
  private final AtomicBoolean started = new AtomicBoolean();

  AttachedStart(Session session, CriClient client, String id, ForegroundPod.Console console) {
    this.client = client;
    this.id = id;
    this.console = console;
    this.remote =
        new RemoteConsole(
            session,
            new RemoteConsole.Wanted(
                "attach to container " + id,
                console.transport(),
                console.stdin(),
                console.terminal(),
                console.detachable()));
  }

  /** Returns when the container has ended, or the person has left it: whether that is so. */
  boolean run() {
    String url;
    try {
      url = attach();
    } catch (CliFailure notBeforeItRuns) {
      start();
      url = attach();
    }
    boolean left = remote.run(url, this::start).isEmpty();
    if (!left) {
      awaitEnd();
    }
    return left;
  }

  private String attach() {
    return Calls.attach(client, id, console.stdin(), console.terminal());
  }

  private void start() {
    if (started.compareAndSet(false, true)) {
      Calls.startContainer(client, id);
    }
  }

  /** Its streams end a moment before its end is known. */
  private void awaitEnd() {
    try {
      for (int i = 0; i < POLLS && running(); i++) {
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean running() {
    return Calls.containerStatus(client, id, false).getStatus().getState()
        == ContainerState.CONTAINER_RUNNING;
  }
}
