package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import dev.gantry.daemon.pod.SandboxEnds;
import dev.gantry.daemon.rpc.Rpc;

/**
 * Stops a pod: its containers are killed, then its network and namespaces are given back. A pod
 * that is stopped or does not exist is a success.
 */
public final class StopPodSandbox implements Rpc<StopPodSandboxRequest, StopPodSandboxResponse> {
  private final SandboxEnds ends;

  public StopPodSandbox(SandboxEnds ends) {
    this.ends = ends;
  }

  @Override
  public StopPodSandboxResponse handle(StopPodSandboxRequest request) throws Exception {
    ends.stop(request.getPodSandboxId());
    return StopPodSandboxResponse.getDefaultInstance();
  }
}
