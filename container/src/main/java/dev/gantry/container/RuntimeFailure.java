package dev.gantry.container;

import java.io.IOException;
import java.io.Serial;

/** What was wanted of a container did not work: verb, object and cause are in the message. */
public final class RuntimeFailure extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** What it was that failed; nobody needs to read the message to know. */
  public enum Kind {
    /** The request itself cannot be carried out. */
    INVALID,
    /** The runtime has no such thing. */
    UNSUPPORTED,
    /** The command is not in the container. */
    COMMAND_NOT_FOUND,
    /** The command is there, and cannot be run. */
    COMMAND_NOT_EXECUTABLE,
    /** The log cannot be written where it should be. */
    LOG_PATH,
    /** The container is not running, or no more. */
    NOT_RUNNING,
    /** conmon is gone. */
    MONITOR_LOST,
    /** It took longer than its deadline; what was begun is undone. */
    TIMED_OUT,
    /** The caller was interrupted; what was begun is undone. */
    INTERRUPTED,
    /** The OCI runtime or conmon refused. */
    RUNTIME,
    /** The kernel refused something to us. */
    SYSTEM
  }

  private final Kind kind;

  public RuntimeFailure(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public RuntimeFailure(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** A kernel call or file operation that failed on the way. */
  static RuntimeFailure system(String what, IOException cause) {
    if (cause instanceof RuntimeFailure failure) {
      return failure;
    }
    return new RuntimeFailure(Kind.SYSTEM, what + ": " + cause.getMessage(), cause);
  }

  /** What it was that failed. */
  public Kind kind() {
    return kind;
  }
}
