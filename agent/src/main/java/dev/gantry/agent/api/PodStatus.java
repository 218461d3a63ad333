package dev.gantry.agent.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pod is. */
public record PodStatus(
    long observedGeneration,
    @Nullable PodPhase phase,
    List<PodCondition> conditions,
    String message,
    String reason,
    String hostIP,
    List<HostIP> hostIPs,
    String podIP,
    List<PodIP> podIPs,
    @Nullable Instant startTime,
    List<ContainerStatus> initContainerStatuses,
    List<ContainerStatus> containerStatuses,
    @Nullable PodQOSClass qosClass,
    List<ContainerStatus> ephemeralContainerStatuses) {
  public PodStatus {
    conditions = Fields.list(conditions);
    hostIPs = Fields.list(hostIPs);
    podIPs = Fields.list(podIPs);
    initContainerStatuses = Fields.list(initContainerStatuses);
    containerStatuses = Fields.list(containerStatuses);
    ephemeralContainerStatuses = Fields.list(ephemeralContainerStatuses);
  }

  /** This with another {@code phase}. */
  public PodStatus withPhase(@Nullable PodPhase phase) {
    return Shape.with(this, "phase", phase);
  }

  /** This with another {@code conditions}. */
  public PodStatus withConditions(List<PodCondition> conditions) {
    return Shape.with(this, "conditions", conditions);
  }

  /** This with another {@code message}. */
  public PodStatus withMessage(String message) {
    return Shape.with(this, "message", message);
  }

  /** This with another {@code reason}. */
  public PodStatus withReason(String reason) {
    return Shape.with(this, "reason", reason);
  }

  /** This with another {@code hostIP}. */
  public PodStatus withHostIP(String hostIP) {
    return Shape.with(this, "hostIP", hostIP);
  }

  /** This with another {@code hostIPs}. */
  public PodStatus withHostIPs(List<HostIP> hostIPs) {
    return Shape.with(this, "hostIPs", hostIPs);
  }

  /** This with another {@code podIP}. */
  public PodStatus withPodIP(String podIP) {
    return Shape.with(this, "podIP", podIP);
  }

  /** This with another {@code podIPs}. */
  public PodStatus withPodIPs(List<PodIP> podIPs) {
    return Shape.with(this, "podIPs", podIPs);
  }

  /** This with another {@code startTime}. */
  public PodStatus withStartTime(@Nullable Instant startTime) {
    return Shape.with(this, "startTime", startTime);
  }

  /** This with another {@code initContainerStatuses}. */
  public PodStatus withInitContainerStatuses(List<ContainerStatus> initContainerStatuses) {
    return Shape.with(this, "initContainerStatuses", initContainerStatuses);
  }

  /** This with another {@code containerStatuses}. */
  public PodStatus withContainerStatuses(List<ContainerStatus> containerStatuses) {
    return Shape.with(this, "containerStatuses", containerStatuses);
  }

  /** This with another {@code qosClass}. */
  public PodStatus withQosClass(@Nullable PodQOSClass qosClass) {
    return Shape.with(this, "qosClass", qosClass);
  }

  /** This with another {@code ephemeralContainerStatuses}. */
  public PodStatus withEphemeralContainerStatuses(
      List<ContainerStatus> ephemeralContainerStatuses) {
    return Shape.with(this, "ephemeralContainerStatuses", ephemeralContainerStatuses);
  }

  /** Nothing is known yet. */
  public static PodStatus none() {
    return Shape.empty(PodStatus.class);
  }
}
