package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A repeated question to a container; exactly one of the handlers is set. */
public record Probe(
    @Nullable ExecAction exec,
    @Nullable HTTPGetAction httpGet,
    @Nullable TCPSocketAction tcpSocket,
    @Nullable GRPCAction grpc,
    int initialDelaySeconds,
    @Default("1") int timeoutSeconds,
    @Default("10") int periodSeconds,
    @Default("1") int successThreshold,
    @Default("3") int failureThreshold,
    @Nullable Long terminationGracePeriodSeconds) {
  public Probe {
    timeoutSeconds = timeoutSeconds == 0 ? 1 : timeoutSeconds;
    periodSeconds = periodSeconds == 0 ? 10 : periodSeconds;
    successThreshold = successThreshold == 0 ? 1 : successThreshold;
    failureThreshold = failureThreshold == 0 ? 3 : failureThreshold;
  }
}
