package dev.gantry.daemon.work;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What must be undone if a piece of work with several steps fails: push an undo before each step,
 * {@link #commit} at the end. Closing it uncommitted runs the undos in reverse; the failures of
 * undos are kept as suppressed exceptions, and none keeps a later undo from being run.
 */
public final class Rollback implements AutoCloseable {
  /** One undo. It must be idempotent: its step may not have happened. */
  @FunctionalInterface
  public interface Undo {
    void run() throws Exception;
  }

  private record Step(String name, Undo undo) {}

  private final String work;
  private final Deque<Step> steps = new ArrayDeque<>();

  /**
   * Begins with nothing to undo.
   *
   * @param work verb and object, for messages
   */
  public Rollback(String work) {
    this.work = work;
  }

  /** Adds an undo that runs before those pushed so far. */
  public void push(String name, Undo undo) {
    steps.push(new Step(name, undo));
  }

  /** Says that the work is done and nothing is to be undone. */
  public void commit() {
    steps.clear();
  }

  @Override
  public void close() throws RollbackException {
    RollbackException failure = null;
    while (!steps.isEmpty()) {
      Step step = steps.pop();
      try {
        step.undo().run();
      } catch (Exception e) {
        if (failure == null) {
          failure = new RollbackException(work + ": undo of " + step.name() + " failed", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** An undo that failed; the janitor tries it again. */
  public static final class RollbackException extends Exception {
    private static final long serialVersionUID = 1L;

    RollbackException(String message, Throwable cause) {
      super(message + ": " + cause.getMessage(), cause);
    }
  }
}
