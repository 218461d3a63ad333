package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RemovePodSandboxResponse;
import dev.gantry.daemon.pod.SandboxEnds;
import dev.gantry.daemon.rpc.Rpc;

/**
 * Removes a pod and its containers, by force where they run. A pod that does not exist is a
 * success.
 */
public final class RemovePodSandbox
    implements Rpc<RemovePodSandboxRequest, RemovePodSandboxResponse> {
  private final SandboxEnds ends;

  public RemovePodSandbox(SandboxEnds ends) {
    this.ends = ends;
  }

  @Override
  public RemovePodSandboxResponse handle(RemovePodSandboxRequest request) throws Exception {
    ends.remove(request.getPodSandboxId());
    return RemovePodSandboxResponse.getDefaultInstance();
  }
}
