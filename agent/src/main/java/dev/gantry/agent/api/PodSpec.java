package dev.gantry.agent.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a pod is to be. */
@Refused(
    field = "resourceClaims",
    remedy =
        "devices by claim need a cluster's scheduler; name them in the runtime's CDI annotations instead")
@Refused(field = "schedulingGroup", remedy = "there is no scheduler; leave it out")
public record PodSpec(
    List<Volume> volumes,
    List<Container> initContainers,
    List<Container> containers,
    List<EphemeralContainer> ephemeralContainers,
    @Default("Always") RestartPolicy restartPolicy,
    @Default("30") long terminationGracePeriodSeconds,
    @Nullable Long activeDeadlineSeconds,
    @Default("ClusterFirst") DNSPolicy dnsPolicy,
    Map<String, String> nodeSelector,
    String serviceAccountName,
    String serviceAccount,
    @Nullable Boolean automountServiceAccountToken,
    String nodeName,
    boolean hostNetwork,
    boolean hostPID,
    boolean hostIPC,
    @Nullable Boolean shareProcessNamespace,
    @Always PodSecurityContext securityContext,
    List<LocalObjectReference> imagePullSecrets,
    String hostname,
    String subdomain,
    @Nullable Affinity affinity,
    @Default("default-scheduler") String schedulerName,
    List<Toleration> tolerations,
    List<HostAlias> hostAliases,
    String priorityClassName,
    @Nullable Integer priority,
    @Nullable PodDNSConfig dnsConfig,
    List<PodReadinessGate> readinessGates,
    String runtimeClassName,
    @Default("true") boolean enableServiceLinks,
    @Nullable PreemptionPolicy preemptionPolicy,
    Map<String, Quantity> overhead,
    List<TopologySpreadConstraint> topologySpreadConstraints,
    @Nullable Boolean setHostnameAsFQDN,
    @Nullable PodOS os,
    @Nullable Boolean hostUsers,
    List<PodSchedulingGate> schedulingGates,
    @Nullable ResourceRequirements resources,
    @Nullable String hostnameOverride) {
  public PodSpec {
    volumes = Fields.list(volumes);
    initContainers = Fields.list(initContainers);
    containers = Fields.list(containers);
    ephemeralContainers = Fields.list(ephemeralContainers);
    nodeSelector = Fields.map(nodeSelector);
    imagePullSecrets = Fields.list(imagePullSecrets);
    tolerations = Fields.list(tolerations);
    hostAliases = Fields.list(hostAliases);
    readinessGates = Fields.list(readinessGates);
    overhead = Fields.map(overhead);
    topologySpreadConstraints = Fields.list(topologySpreadConstraints);
    schedulingGates = Fields.list(schedulingGates);
    if (hostNetwork) {
      initContainers = initContainers.stream().map(Container::onHostNetwork).toList();
      containers = containers.stream().map(Container::onHostNetwork).toList();
    }
  }

  /** This with another {@code volumes}. */
  public PodSpec withVolumes(List<Volume> volumes) {
    return Shape.with(this, "volumes", volumes);
  }

  /** This with another {@code initContainers}. */
  public PodSpec withInitContainers(List<Container> initContainers) {
    return Shape.with(this, "initContainers", initContainers);
  }

  /** This with another {@code containers}. */
  public PodSpec withContainers(List<Container> containers) {
    return Shape.with(this, "containers", containers);
  }

  /** This with another {@code ephemeralContainers}. */
  public PodSpec withEphemeralContainers(List<EphemeralContainer> ephemeralContainers) {
    return Shape.with(this, "ephemeralContainers", ephemeralContainers);
  }

  /** This with another {@code nodeSelector}. */
  public PodSpec withNodeSelector(Map<String, String> nodeSelector) {
    return Shape.with(this, "nodeSelector", nodeSelector);
  }

  /** This with another {@code nodeName}. */
  public PodSpec withNodeName(String nodeName) {
    return Shape.with(this, "nodeName", nodeName);
  }

  /** This with another {@code tolerations}. */
  public PodSpec withTolerations(List<Toleration> tolerations) {
    return Shape.with(this, "tolerations", tolerations);
  }

  /** This with another {@code priority}. */
  public PodSpec withPriority(@Nullable Integer priority) {
    return Shape.with(this, "priority", priority);
  }

  /** This with another {@code runtimeClassName}. */
  public PodSpec withRuntimeClassName(String runtimeClassName) {
    return Shape.with(this, "runtimeClassName", runtimeClassName);
  }

  /** This with another {@code overhead}. */
  public PodSpec withOverhead(Map<String, Quantity> overhead) {
    return Shape.with(this, "overhead", overhead);
  }

  /** This with another {@code resources}. */
  public PodSpec withResources(@Nullable ResourceRequirements resources) {
    return Shape.with(this, "resources", resources);
  }
}
