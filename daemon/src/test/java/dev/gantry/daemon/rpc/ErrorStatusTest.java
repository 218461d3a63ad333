package dev.gantry.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.PolicyException;
import dev.gantry.image.PolicyException.Kind;
import io.grpc.Status;
import org.junit.jupiter.api.Test;

class ErrorStatusTest {
  @Test
  void aPolicyThatRefusesAnImageIsToldAsTheKubeletReadsIt() {
    Status refused = ErrorStatus.of(new PolicyException(Kind.REJECTED, "reject").during("pull a"));
    assertThat(refused.getCode()).isEqualTo(Status.Code.UNKNOWN);
    assertThat(refused.getDescription()).isEqualTo("SignatureValidationFailed: pull a: reject");
    Status broken = ErrorStatus.of(new PolicyException(Kind.CONFIGURATION, "not JSON"));
    assertThat(broken.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(broken.getDescription()).isEqualTo("not JSON");
  }
}
