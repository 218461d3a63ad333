package dev.gantry.daemon.rpc;

import dev.gantry.container.RuntimeFailure;
import dev.gantry.image.ArchiveException;
import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.ImageException;
import dev.gantry.image.LayerException;
import dev.gantry.image.PolicyException;
import dev.gantry.image.ReferenceException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.StoreException;
import dev.gantry.image.UnsupportedImageException;
import dev.gantry.linux.BlockingCallTimeoutException;
import dev.gantry.network.NetworkException;
import dev.gantry.oci.InvalidReferenceException;
import dev.gantry.streaming.TooManyStreamsException;
import io.grpc.Status;
import java.nio.file.FileSystemException;

/**
 * Which gRPC status an exception becomes. The message stays as it is: it was written for people.
 */
final class ErrorStatus {
  /**
   * What the kubelet wants such a message to begin with, of a status UNKNOWN: k8s.io/cri-api
   * pkg/errors.
   */
  private static final String SIGNATURE_VALIDATION_FAILED = "SignatureValidationFailed: ";

  private ErrorStatus() {}

  static Status of(Throwable failure) {
    Status.Code code =
        switch (failure) {
          case CallFailure call -> call.code();
          case RuntimeFailure runtime -> of(runtime.kind());
          case ImageException image -> of(image);
          case NetworkException.BadRequest bad -> Status.Code.INVALID_ARGUMENT;
          case NetworkException.NotReady notReady -> Status.Code.FAILED_PRECONDITION;
          case NetworkException.PluginTimedOut late -> Status.Code.DEADLINE_EXCEEDED;
          case InvalidReferenceException reference -> Status.Code.INVALID_ARGUMENT;
          case BlockingCallTimeoutException late -> Status.Code.DEADLINE_EXCEEDED;
          case TooManyStreamsException many -> Status.Code.RESOURCE_EXHAUSTED;
          case IllegalArgumentException bad -> Status.Code.INVALID_ARGUMENT;
          case InterruptedException interrupted -> Status.Code.CANCELLED;
          default -> Status.Code.INTERNAL;
        };
    return code.toStatus().withDescription(message(failure)).withCause(failure);
  }

  /** Exceptions of java.nio.file say only the path where the kind of failure is all there is. */
  private static String message(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      return file.getClass().getSimpleName().replace("Exception", "") + ": " + message;
    }
    if (failure instanceof PolicyException policy
        && policy.kind() == PolicyException.Kind.REJECTED) {
      return SIGNATURE_VALIDATION_FAILED + message;
    }
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static Status.Code of(RuntimeFailure.Kind kind) {
    return switch (kind) {
      case INVALID, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, LOG_PATH ->
          Status.Code.INVALID_ARGUMENT;
      case NOT_RUNNING, MONITOR_LOST -> Status.Code.FAILED_PRECONDITION;
      case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
      case TIMED_OUT -> Status.Code.DEADLINE_EXCEEDED;
      case INTERRUPTED -> Status.Code.CANCELLED;
      case RUNTIME, SYSTEM -> Status.Code.INTERNAL;
    };
  }

  private static Status.Code of(ImageException failure) {
    return switch (failure) {
      case ReferenceException reference -> Status.Code.INVALID_ARGUMENT;
      case RegistryException registry -> of(registry.kind());
      case DigestMismatchException digest -> Status.Code.DATA_LOSS;
      case LayerException layer -> Status.Code.INVALID_ARGUMENT;
      case UnsupportedImageException image -> Status.Code.UNIMPLEMENTED;
      case ArchiveException archive -> Status.Code.INVALID_ARGUMENT;
      case StoreException store -> Status.Code.INTERNAL;
      case PolicyException policy ->
          policy.kind() == PolicyException.Kind.REJECTED
              ? Status.Code.UNKNOWN
              : Status.Code.FAILED_PRECONDITION;
    };
  }

  private static Status.Code of(RegistryException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> Status.Code.NOT_FOUND;
      case UNAUTHORIZED -> Status.Code.PERMISSION_DENIED;
      case UNREACHABLE, UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case BAD_ANSWER -> Status.Code.UNKNOWN;
      case CONFIGURATION -> Status.Code.FAILED_PRECONDITION;
    };
  }
}
