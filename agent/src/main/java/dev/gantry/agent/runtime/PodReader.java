package dev.gantry.agent.runtime;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads pods and containers back out of a runtime, by the kubelet's labels. */
final class PodReader {
  private final Supplier<RuntimeServiceBlockingStub> stub;
  private final String agent;

  PodReader(Supplier<RuntimeServiceBlockingStub> stub, String agent) {
    this.stub = stub;
    this.agent = agent;
  }

  List<RuntimePod> pods() {
    Map<String, String> labels = Map.of(RuntimeLabels.AGENT, agent);
    Map<String, List<PodSandbox>> sandboxes = new LinkedHashMap<>();
    Map<String, List<Container>> containers = new HashMap<>();
    // Containers first: a container whose sandbox is not in the later list is gone with it.
    for (Container container : containers(labels)) {
      String uid = container.getLabelsOrDefault(RuntimeLabels.POD_UID, "");
      containers.computeIfAbsent(uid, u -> new ArrayList<>()).add(container);
    }
    for (PodSandbox sandbox : sandboxes(labels)) {
      String uid =
          sandbox.getLabelsOrDefault(RuntimeLabels.POD_UID, sandbox.getMetadata().getUid());
      sandboxes.computeIfAbsent(uid, u -> new ArrayList<>()).add(sandbox);
    }
    List<RuntimePod> pods = new ArrayList<>();
    sandboxes.forEach((uid, of) -> pods.add(pod(uid, of, containers.getOrDefault(uid, List.of()))));
    return pods;
  }

  private List<PodSandbox> sandboxes(Map<String, String> labels) {
    var request =
        ListPodSandboxRequest.newBuilder()
            .setFilter(PodSandboxFilter.newBuilder().putAllLabelSelector(labels))
            .build();
    List<PodSandbox> all = new ArrayList<>(stub.get().listPodSandbox(request).getItemsList());
    all.sort(Comparator.comparingLong(PodSandbox::getCreatedAt).reversed());
    return all;
  }

  private List<Container> containers(Map<String, String> labels) {
    var request =
        ListContainersRequest.newBuilder()
            .setFilter(ContainerFilter.newBuilder().putAllLabelSelector(labels))
            .build();
    List<Container> all = new ArrayList<>(stub.get().listContainers(request).getContainersList());
    all.sort(Comparator.comparingLong(Container::getCreatedAt).reversed());
    return all;
  }

  private static RuntimePod pod(
      String uid, List<PodSandbox> sandboxes, List<Container> containers) {
    PodSandbox first = sandboxes.getFirst();
    return new RuntimePod(
        uid,
        first.getMetadata().getNamespace(),
        first.getMetadata().getName(),
        sandboxes.stream()
            .map(s -> new RuntimePod.Sandbox(s.getId(), ready(s.getState()), s.getCreatedAt()))
            .toList(),
        containers.stream()
            .map(c ->
                new RuntimePod.Entry(
                    c.getId(),
                    c.getLabelsOrDefault(RuntimeLabels.CONTAINER_NAME, c.getMetadata().getName()),
                    ContainerPhase.of(c.getState()),
                    c.getCreatedAt()))
            .toList());
  }

  PodSnapshot inspect(String uid) {
    Instant now = Instant.now();
    Map<String, String> labels = Map.of(RuntimeLabels.AGENT, agent, RuntimeLabels.POD_UID, uid);
    List<RuntimeContainer> containers = new ArrayList<>();
    for (Container container : containers(labels)) {
      var request = ContainerStatusRequest.newBuilder().setContainerId(container.getId()).build();
      present(s -> s.containerStatus(request))
          .map(answer -> RuntimeContainer.of(answer.getStatus(), container.getPodSandboxId()))
          .ifPresent(containers::add);
    }
    List<PodSnapshot.Sandbox> sandboxes = new ArrayList<>();
    for (PodSandbox sandbox : sandboxes(labels)) {
      var request = PodSandboxStatusRequest.newBuilder().setPodSandboxId(sandbox.getId()).build();
      present(s -> s.podSandboxStatus(request))
          .map(answer -> sandbox(answer.getStatus()))
          .ifPresent(sandboxes::add);
    }
    return new PodSnapshot(uid, now, sandboxes, containers);
  }

  /** What was removed between the list and the question is not there. */
  private <T> Optional<T> present(Function<RuntimeServiceBlockingStub, T> rpc) {
    try {
      return Optional.of(rpc.apply(stub.get()));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static PodSnapshot.Sandbox sandbox(PodSandboxStatus status) {
    List<String> ips = new ArrayList<>();
    if (!status.getNetwork().getIp().isEmpty()) {
      ips.add(status.getNetwork().getIp());
      status.getNetwork().getAdditionalIpsList().forEach(ip -> ips.add(ip.getIp()));
    }
    return new PodSnapshot.Sandbox(
        status.getId(),
        ready(status.getState()),
        status.getMetadata().getAttempt(),
        Instant.ofEpochSecond(0, status.getCreatedAt()),
        ips,
        status.getLinux().getNamespaces().getOptions().getNetwork() == NamespaceMode.NODE);
  }

  private static boolean ready(PodSandboxState state) {
    return state == PodSandboxState.SANDBOX_READY;
  }
}
