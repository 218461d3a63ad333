package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.cri.v1.LinuxRuntimeConfiguration;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeConfigResponse;
import dev.gantry.daemon.rpc.Rpc;

/** Tells the kubelet which cgroup driver to use; its own setting yields to this answer. */
public final class RuntimeConfig implements Rpc<RuntimeConfigRequest, RuntimeConfigResponse> {
  private final RuntimeConfigResponse response;

  public RuntimeConfig(boolean systemdCgroups) {
    response =
        RuntimeConfigResponse.newBuilder()
            .setLinux(
                LinuxRuntimeConfiguration.newBuilder()
                    .setCgroupDriver(systemdCgroups ? CgroupDriver.SYSTEMD : CgroupDriver.CGROUPFS))
            .build();
  }

  @Override
  public RuntimeConfigResponse handle(RuntimeConfigRequest request) {
    return response;
  }
}
