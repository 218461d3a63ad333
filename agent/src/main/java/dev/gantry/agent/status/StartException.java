package dev.gantry.agent.status;

/** A container could not be started: why, as its status is to tell it. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;
  private final transient Reason reason;

  public StartException(String reason, String message) {
    super(reason + ": " + message);
    this.reason = new Reason(reason, message);
  }

  public StartException(String reason, String message, Throwable cause) {
    super(reason + ": " + message, cause);
    this.reason = new Reason(reason, message);
  }

  public Reason reason() {
    return reason;
  }
}
