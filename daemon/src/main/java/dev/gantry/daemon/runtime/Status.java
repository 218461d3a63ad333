package dev.gantry.daemon.runtime;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeFeatures;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.RuntimeHandlerFeatures;
import dev.gantry.cri.v1.RuntimeStatus;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.network.NetworkStatus;
import dev.gantry.network.PodNetworks;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether the runtime and the pod network are ready, and what each handler can do. */
public final class Status implements Rpc<StatusRequest, StatusResponse> {
  private static final int DAMAGE_SHOWN = 3;

  private final Handlers handlers;
  private final PodNetworks networks;
  private final VerboseInfo info;

  public Status(Handlers handlers, PodNetworks networks, VerboseInfo info) {
    this.handlers = handlers;
    this.networks = networks;
    this.info = info;
  }

  @Override
  public StatusResponse handle(StatusRequest request) {
    var response =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(runtime())
                    .addConditions(network())
                    .addConditions(everyHandler())
                    .addConditions(podNetworks()))
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setSupplementalGroupsPolicy(true)
                    .setUserNamespacesHostNetwork(
                        handlers.working().values().stream()
                            .anyMatch(runtime -> runtime.info().features().userNamespaces()))
                    .setMountOptions(true));
    ContainerRuntime byDefault = handlers.working().get(handlers.defaultName());
    if (byDefault != null) {
      response.addRuntimeHandlers(handler("", byDefault));
    }
    handlers
        .working()
        .forEach((name, runtime) -> response.addRuntimeHandlers(handler(name, runtime)));
    if (request.getVerbose()) {
      response.putInfo("config", info.ofNode());
    }
    return response.build();
  }

  private static RuntimeHandler handler(String name, ContainerRuntime runtime) {
    return RuntimeHandler.newBuilder()
        .setName(name)
        .setFeatures(
            RuntimeHandlerFeatures.newBuilder()
                .setRecursiveReadOnlyMounts(runtime.info().features().recursiveReadOnlyMounts())
                .setUserNamespaces(runtime.info().features().userNamespaces()))
        .build();
  }

  private RuntimeCondition runtime() {
    var condition = RuntimeCondition.newBuilder().setType("RuntimeReady");
    return handlers.defaultName().isEmpty()
        ? condition
            .setReason("NoWorkingRuntime")
            .setMessage("no OCI runtime works here: " + handlers.refused())
            .build()
        : condition.setStatus(true).build();
  }

  /** Beyond the CRI's two; the kubelet passes over what it does not know. */
  private RuntimeCondition everyHandler() {
    var condition = RuntimeCondition.newBuilder().setType("HandlersReady");
    return handlers.refused().isEmpty()
        ? condition.setStatus(true).build()
        : condition
            .setReason("HandlerLeftOut")
            .setMessage("no pods with these handlers: " + handlers.refused())
            .build();
  }

  /** Whether the networks of pods are as they were made, as far as CNI CHECK has told. */
  private RuntimeCondition podNetworks() {
    var condition = RuntimeCondition.newBuilder().setType("PodNetworksReady");
    Map<String, String> damage = networks.damage();
    return damage.isEmpty()
        ? condition.setStatus(true).build()
        : condition
            .setReason("NetworkDamaged")
            .setMessage(
                "not as it was made is the network of "
                    + damage.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .limit(DAMAGE_SHOWN)
                        .map(pod -> "pod " + pod.getKey() + ": " + pod.getValue())
                        .collect(Collectors.joining("; "))
                    + (damage.size() > DAMAGE_SHOWN
                        ? "; and of " + (damage.size() - DAMAGE_SHOWN) + " more"
                        : ""))
            .build();
  }

  private RuntimeCondition network() {
    NetworkStatus status = networks.status();
    var condition = RuntimeCondition.newBuilder().setType("NetworkReady");
    return status.ready()
        ? condition.setStatus(true).build()
        : condition.setReason(status.reason()).setMessage(status.message()).build();
  }
}
