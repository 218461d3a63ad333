package dev.gantry.agent.status;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.HostIP;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodIP;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.podspec.Qos;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** The status of a pod; the kubelet's generateAPIPodStatus. */
public final class PodStatuses {
  private final Readiness readiness;
  private final TerminationMessages messages;
  private final String runtimeName;

  /**
   * Makes statuses.
   *
   * @param runtimeName what container ids begin with
   */
  public PodStatuses(Readiness readiness, TerminationMessages messages, String runtimeName) {
    this.readiness = readiness;
    this.messages = messages;
    this.runtimeName = runtimeName;
  }

  /** The status; a phase that is final stays. */
  public PodStatus of(StatusInput input) {
    Pod pod = input.pod();
    PodStatus old = pod.status();
    var statuses = new ContainerStatuses(input, readiness, messages, runtimeName);
    List<ContainerStatus> inits =
        statuses.of(pod.spec().initContainers(), old.initContainerStatuses());
    List<ContainerStatus> containers =
        statuses.of(pod.spec().containers(), old.containerStatuses());
    List<Container> ephemeral =
        pod.spec().ephemeralContainers().stream().map(EphemeralContainer::container).toList();
    PodPhase phase = phase(input, inits, containers);
    boolean samePhase = phase == old.phase();
    List<String> ips = ips(input);
    return new PodStatus(
        old.observedGeneration(),
        phase,
        new Conditions(input, phase, inits, containers).all(),
        samePhase ? old.message() : "",
        samePhase ? old.reason() : "",
        input.nodeIps().stream().findFirst().orElse(""),
        input.nodeIps().stream().map(HostIP::new).toList(),
        ips.stream().findFirst().orElse(""),
        ips.stream().map(PodIP::new).toList(),
        Objects.requireNonNullElse(old.startTime(), input.now()),
        inits,
        byName(containers),
        Qos.of(pod.spec()),
        byName(statuses.of(ephemeral, old.ephemeralContainerStatuses())));
  }

  /** In the kubelet's order, by which kubectl chooses whose reason it shows. */
  private static List<ContainerStatus> byName(List<ContainerStatus> statuses) {
    return statuses.stream().sorted(Comparator.comparing(ContainerStatus::name)).toList();
  }

  private static PodPhase phase(
      StatusInput input, List<ContainerStatus> inits, List<ContainerStatus> containers) {
    Pod pod = input.pod();
    PodPhase old = pod.status().phase();
    if (old == PodPhase.Failed || old == PodPhase.Succeeded) {
      return old;
    }
    boolean initialized =
        pod.spec().containers().stream()
            .anyMatch(c ->
                input
                    .snapshot()
                    .container(c.name())
                    .filter(is -> is.running() || is.exited())
                    .isPresent());
    return Phases.of(pod.spec(), inits, containers, input.over(), initialized);
  }

  private static List<String> ips(StatusInput input) {
    List<String> ips = new ArrayList<>(input.snapshot().ips());
    boolean ready = input.snapshot().readySandbox().isPresent();
    if (ips.isEmpty() && !ready) {
      // Whoever asks later which address a pod had that has ended is to find it.
      return input.pod().status().podIPs().stream().map(PodIP::ip).toList();
    }
    if (ips.isEmpty() && ready && input.pod().spec().hostNetwork()) {
      return input.nodeIps();
    }
    return ips;
  }
}
