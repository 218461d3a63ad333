package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.UpdateRuntimeConfigRequest;
import dev.gantry.cri.v1.UpdateRuntimeConfigResponse;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.network.PodNetworks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Takes the node's pod CIDRs from the kubelet, which sends them in its first minute: a CNI
 * configuration may be made of them.
 */
public final class UpdateRuntimeConfig
    implements Rpc<UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse> {
  private final AtomicReference<List<String>> podCidrs = new AtomicReference<>(List.of());
  private final PodNetworks networks;

  public UpdateRuntimeConfig(PodNetworks networks) {
    this.networks = networks;
  }

  /** The CIDRs last sent, empty before. */
  public List<String> podCidrs() {
    return podCidrs.get();
  }

  @Override
  public UpdateRuntimeConfigResponse handle(UpdateRuntimeConfigRequest request)
      throws IOException, CallFailure {
    String given = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
    var cidrs = new ArrayList<String>();
    for (String cidr : given.split(",", -1)) {
      if (!cidr.isBlank()) {
        if (!Cidr.isValid(cidr.strip())) {
          throw CallFailure.invalid(
              "runtime_config.network_config.pod_cidr: " + cidr + " is no CIDR");
        }
        cidrs.add(cidr.strip());
      }
    }
    if (!cidrs.isEmpty()) {
      networks.podCidrs(cidrs);
    }
    if (!cidrs.isEmpty() && !cidrs.equals(podCidrs.getAndSet(List.copyOf(cidrs)))) {
      Event.info("pod CIDRs set").with("pod_cidrs", cidrs).log();
    }
    return UpdateRuntimeConfigResponse.getDefaultInstance();
  }
}
