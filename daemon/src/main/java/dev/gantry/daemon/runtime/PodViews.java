package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.LinuxPodSandboxStatus;
import dev.gantry.cri.v1.Namespace;
import dev.gantry.cri.v1.PodIP;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxNetworkStatus;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import java.util.List;
import java.util.Map;

/** How a pod's record looks to a client of the CRI. */
final class PodViews {
  private PodViews() {}

  /** Whether clients see the pod: from the moment that RunPodSandbox has succeeded. */
  static boolean visible(PodRecord pod) {
    return pod.getState() != PodState.POD_STATE_CREATED;
  }

  /** Ready or not; a pod that is still being made is not ready. */
  static PodSandboxState state(PodRecord pod) {
    return pod.getState() == PodState.POD_STATE_READY
        ? PodSandboxState.SANDBOX_READY
        : PodSandboxState.SANDBOX_NOTREADY;
  }

  /** The line of a list. */
  static PodSandbox line(PodRecord pod) {
    return PodSandbox.newBuilder()
        .setId(pod.getId())
        .setMetadata(pod.getConfig().getMetadata())
        .setState(state(pod))
        .setCreatedAt(pod.getCreatedAt())
        .putAllLabels(pod.getConfig().getLabelsMap())
        .putAllAnnotations(pod.getConfig().getAnnotationsMap())
        .setRuntimeHandler(pod.getConfigHandler())
        .build();
  }

  /** The whole status. */
  static PodSandboxStatus status(PodRecord pod) {
    return PodSandboxStatus.newBuilder()
        .setId(pod.getId())
        .setMetadata(pod.getConfig().getMetadata())
        .setState(state(pod))
        .setCreatedAt(pod.getCreatedAt())
        .setNetwork(network(pod))
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(
                    Namespace.newBuilder()
                        .setOptions(
                            pod.getConfig().getLinux().getSecurityContext().getNamespaceOptions())))
        .putAllLabels(pod.getConfig().getLabelsMap())
        .putAllAnnotations(pod.getConfig().getAnnotationsMap())
        .setRuntimeHandler(pod.getConfigHandler())
        .build();
  }

  private static PodSandboxNetworkStatus network(PodRecord pod) {
    var network = PodSandboxNetworkStatus.newBuilder();
    List<String> ips = pod.getIpsList();
    if (!ips.isEmpty()) {
      network.setIp(ips.getFirst());
      ips.stream().skip(1).forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }

  /** Whether all of {@code selector} is among {@code labels}. */
  static boolean selects(Map<String, String> selector, Map<String, String> labels) {
    return selector.isEmpty() || labels.entrySet().containsAll(selector.entrySet());
  }
}
