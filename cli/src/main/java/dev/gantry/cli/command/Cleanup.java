package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has to be undone, the latest first: when this is closed, or when the process is told to end
 * by Ctrl-C or SIGTERM, whichever comes first, and only once.
 */
final class Cleanup implements AutoCloseable {
  private final Session session;
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private volatile boolean begun;
  private final Thread hook = new Thread(this::run, "cleanup");

  Cleanup(Session session) {
    this.session = session;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Adds a step, which will come before those that were added earlier. */
  synchronized void undo(Runnable step) {
    steps.push(step);
  }

  /** Leaves everything as it is. */
  synchronized void forget() {
    steps.clear();
  }

  /** Whether the process was told to end, or is done. */
  boolean begun() {
    return begun;
  }

  // Held until all is undone: the other caller waits, as the JVM ends when the hook returns.
  private synchronized void run() {
    begun = true;
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (CliFailure e) {
        session.report(e);
      }
    }
  }

  @Override
  public void close() {
    run();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      session.debug(() -> "the process is ending already");
    }
  }
}
