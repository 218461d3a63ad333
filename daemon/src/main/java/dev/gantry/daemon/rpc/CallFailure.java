package dev.gantry.daemon.rpc;

import io.grpc.Status;

/** A call that cannot be answered; carries the gRPC status code and a message for a person. */
public final class CallFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;

  public CallFailure(Status.Code code, String message) {
    super(message);
    this.code = code;
  }

  public CallFailure(Status.Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The status code to answer with. */
  public Status.Code code() {
    return code;
  }

  /** The request names something that does not exist. */
  public static CallFailure notFound(String message) {
    return new CallFailure(Status.Code.NOT_FOUND, message);
  }

  /** The request itself is wrong, whatever the state of the node. */
  public static CallFailure invalid(String message) {
    return new CallFailure(Status.Code.INVALID_ARGUMENT, message);
  }

  /** The request needs another state of what it names. */
  public static CallFailure precondition(String message) {
    return new CallFailure(Status.Code.FAILED_PRECONDITION, message);
  }

  /** The request asks for something that Gantry does not do. */
  public static CallFailure unimplemented(String message) {
    return new CallFailure(Status.Code.UNIMPLEMENTED, message);
  }
}
