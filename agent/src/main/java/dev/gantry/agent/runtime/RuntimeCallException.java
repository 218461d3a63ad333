package dev.gantry.agent.runtime;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;

/** The runtime did not do what it was asked: the message says what that was, and why. */
public final class RuntimeCallException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final Code code;
  private final String detail;

  public RuntimeCallException(String what, Code code, String detail, Throwable cause) {
    super(what + ": " + detail, cause);
    this.code = code;
    this.detail = detail;
  }

  static RuntimeCallException of(String what, StatusRuntimeException e) {
    String description = e.getStatus().getDescription();
    String detail =
        description == null || description.isEmpty() ? e.getStatus().getCode().name() : description;
    return new RuntimeCallException(what, e.getStatus().getCode(), detail, e);
  }

  public Code code() {
    return code;
  }

  /** What the runtime said, without what it was asked. */
  public String detail() {
    return detail;
  }

  /** Whether the caller was told to do something else, and the call given up for that. */
  public boolean cancelled() {
    return code == Code.CANCELLED;
  }

  /** Whether what was asked about is not there. */
  public boolean notFound() {
    return code == Code.NOT_FOUND;
  }

  /** Whether the runtime is not there, or does not answer: nothing was learnt about the pod. */
  public boolean unreachable() {
    return code == Code.UNAVAILABLE || code == Code.DEADLINE_EXCEEDED;
  }
}
