package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Looks at how a call fails. */
final class Failures {
  private Failures() {}

  /** The call must fail with this code and a message that has all these parts in it. */
  static void assertFails(ThrowingCallable call, Status.Code code, String... parts) {
    Status status = of(call);
    assertThat(status.getCode()).as(String.valueOf(status.getDescription())).isEqualTo(code);
    assertThat(String.valueOf(status.getDescription())).contains(parts);
  }

  /** How the call fails, which it must. */
  static Status of(ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).as("the call succeeded").isNotNull();
    return failure.getStatus();
  }
}
