package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.daemon.GantryVersion;
import dev.gantry.daemon.rpc.Rpc;

/** Who this is. The kubelet calls it to see whether the runtime is there. */
public final class Version implements Rpc<VersionRequest, VersionResponse> {
  /** Version of the kubelet's runtime API; every runtime answers the same. */
  private static final String KUBE_API = "0.1.0";

  @Override
  public VersionResponse handle(VersionRequest request) {
    return VersionResponse.newBuilder()
        .setVersion(KUBE_API)
        .setRuntimeName("gantry")
        .setRuntimeVersion(GantryVersion.STRING)
        .setRuntimeApiVersion("v1")
        .build();
  }
}
