package dev.gantry.agent.podspec;

import com.google.protobuf.ByteString;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.Protocol;
import dev.gantry.cri.v1.UserNamespace;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the runtime is asked for: the kubelet's configurations of sandboxes and containers. */
public final class PodConfigs {
  /** Keeps the handler with the pod whatever becomes of its class; not given to the runtime. */
  public static final String HANDLER_ANNOTATION = "gantry.dev/runtime-handler";

  private PodConfigs() {}

  /**
   * The configuration of a sandbox.
   *
   * @param attempt how many sandboxes the pod had before
   * @param userns its user namespace, for {@code hostUsers: false}
   */
  public static PodSandboxConfig sandbox(
      Pod pod, int attempt, @Nullable UserNamespace userns, NodeFacts node)
      throws ContainerConfigException {
    PodSandboxConfig.Builder config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(pod.metadata().name())
                    .setNamespace(pod.metadata().namespace())
                    .setUid(pod.metadata().uid())
                    .setAttempt(attempt))
            .putAllLabels(sandboxLabels(pod))
            .putAllAnnotations(sandboxAnnotations(pod))
            .setDnsConfig(PodDns.of(pod, node))
            .setLogDirectory(logDirectory(pod, node))
            .setLinux(linux(pod, userns, node));
    if (!pod.spec().hostNetwork()) {
      config.setHostname(Hostname.ofKernel(pod, node));
    }
    pod.spec().containers().forEach(container -> addPorts(config, container));
    return config.build();
  }

  private static LinuxPodSandboxConfig linux(
      Pod pod, @Nullable UserNamespace userns, NodeFacts node) {
    LinuxPodSandboxConfig.Builder linux =
        LinuxPodSandboxConfig.newBuilder()
            .setCgroupParent(CgroupNames.parent(pod, node))
            .setSecurityContext(SecurityContexts.ofSandbox(pod.spec(), userns))
            .setOverhead(LinuxResources.ofOverhead(pod.spec(), node))
            .setResources(LinuxResources.ofPod(pod.spec(), node));
    pod.spec()
        .securityContext()
        .sysctls()
        .forEach(sysctl -> linux.putSysctls(sysctl.name(), sysctl.value()));
    return linux.build();
  }

  /**
   * The configuration of a container. Its log directory is {@code CONTAINER} below the sandbox's,
   * which the caller makes.
   *
   * @throws ContainerConfigException as for a container that has to run as non-root and would not
   */
  public static ContainerConfig container(
      Pod pod, Container container, ContainerInputs inputs, NodeFacts node)
      throws ContainerConfigException {
    SecurityContexts.checkNonRoot(pod, container, inputs);
    Map<String, String> env = inputs.env();
    ContainerConfig.Builder config =
        ContainerConfig.newBuilder()
            .setMetadata(
                ContainerMetadata.newBuilder()
                    .setName(container.name())
                    .setAttempt(inputs.restartCount()))
            .setImage(
                ImageSpec.newBuilder()
                    .setImage(inputs.imageRef())
                    .setUserSpecifiedImage(container.image()))
            .addAllCommand(expand(container.command(), env))
            .addAllArgs(expand(container.args(), env))
            .setWorkingDir(container.workingDir())
            .putAllLabels(containerLabels(pod, container))
            .putAllAnnotations(containerAnnotations(pod, container, inputs.restartCount()))
            .setLogPath(container.name() + "/" + inputs.restartCount() + ".log")
            .setStdin(container.stdin())
            .setStdinOnce(container.stdinOnce())
            .setTty(container.tty())
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(LinuxResources.of(pod.spec(), container, node))
                    .setSecurityContext(
                        SecurityContexts.ofContainer(pod, container, inputs, node)));
    env.forEach((name, value) ->
        config.addEnvs(
            KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value))));
    addMounts(config, inputs);
    if (container.lifecycle() != null) {
      StopSignals.find(container.lifecycle().stopSignal()).ifPresent(config::setStopSignal);
    }
    return config.build();
  }

  /** In a user namespace everything that is mounted has the pod's ids. */
  private static void addMounts(ContainerConfig.Builder config, ContainerInputs inputs) {
    UserNamespace userns = inputs.userns();
    inputs
        .mounts()
        .forEach(mount ->
            config.addMounts(
                userns == null
                    ? mount
                    : mount.toBuilder()
                        .addAllUidMappings(userns.getUidsList())
                        .addAllGidMappings(userns.getGidsList())
                        .build()));
  }

  private static List<String> expand(List<String> words, Map<String, String> env) {
    return words.stream().map(word -> Expansion.expand(word, env)).toList();
  }

  /** The handler for RunPodSandbox: that of the pod's RuntimeClass, empty for the default one. */
  public static String runtimeHandler(Pod pod) {
    return pod.metadata().annotations().getOrDefault(HANDLER_ANNOTATION, "");
  }

  /** The pod's cgroup, as {@code /kubepods/burstable/podUID} or a systemd slice. */
  public static String cgroupParent(Pod pod, NodeFacts node) {
    return CgroupNames.parent(pod, node);
  }

  /** The directory of a pod's logs, {@code NAMESPACE_NAME_UID} below that of all pods. */
  public static String logDirectory(Pod pod, NodeFacts node) {
    return node.podLogs()
        .resolve(
            pod.metadata().namespace() + "_" + pod.metadata().name() + "_" + pod.metadata().uid())
        .toString();
  }

  /**
   * What of a container makes it another one, and has it started anew: its name and image. The hash
   * is the kubelet's own, FNV-1a of what Go prints for the JSON of both.
   */
  public static String hash(Container container) {
    String json =
        Json.write(new TreeMap<>(Map.of("image", container.image(), "name", container.name())));
    StringBuilder printed = new StringBuilder("([]uint8)[");
    for (byte one : json.getBytes(StandardCharsets.UTF_8)) {
      printed.append(Byte.toUnsignedInt(one)).append(' ');
    }
    printed.setCharAt(printed.length() - 1, ']');
    int hash = 0x811c9dc5;
    for (byte one : printed.toString().getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ Byte.toUnsignedInt(one)) * 0x01000193;
    }
    return Integer.toHexString(hash);
  }

  private static Map<String, String> sandboxLabels(Pod pod) {
    Map<String, String> labels = new TreeMap<>(pod.metadata().labels());
    labels.put(Labels.POD_NAME, pod.metadata().name());
    labels.put(Labels.POD_NAMESPACE, pod.metadata().namespace());
    labels.put(Labels.POD_UID, pod.metadata().uid());
    return labels;
  }

  private static Map<String, String> sandboxAnnotations(Pod pod) {
    Map<String, String> annotations = new TreeMap<>(pod.metadata().annotations());
    annotations.remove(HANDLER_ANNOTATION);
    return annotations;
  }

  private static Map<String, String> containerLabels(Pod pod, Container container) {
    Map<String, String> labels = new TreeMap<>();
    labels.put(Labels.POD_NAME, pod.metadata().name());
    labels.put(Labels.POD_NAMESPACE, pod.metadata().namespace());
    labels.put(Labels.POD_UID, pod.metadata().uid());
    labels.put(Labels.CONTAINER_NAME, container.name());
    return labels;
  }

  private static Map<String, String> containerAnnotations(
      Pod pod, Container container, int restartCount) {
    Map<String, String> annotations = new TreeMap<>();
    annotations.put(Labels.HASH, hash(container));
    annotations.put(Labels.RESTART_COUNT, String.valueOf(restartCount));
    annotations.put(Labels.TERMINATION_MESSAGE_PATH, container.terminationMessagePath());
    annotations.put(
        Labels.TERMINATION_MESSAGE_POLICY, container.terminationMessagePolicy().toString());
    if (pod.metadata().deletionGracePeriodSeconds() != null) {
      annotations.put(
          Labels.DELETION_GRACE_PERIOD, pod.metadata().deletionGracePeriodSeconds().toString());
    }
    annotations.put(
        Labels.TERMINATION_GRACE_PERIOD,
        String.valueOf(pod.spec().terminationGracePeriodSeconds()));
    if (container.lifecycle() != null && container.lifecycle().preStop() != null) {
      annotations.put(Labels.PRE_STOP, Json.write(container.lifecycle().preStop()));
    }
    if (!container.ports().isEmpty()) {
      annotations.put(Labels.PORTS, Json.write(container.ports()));
    }
    return annotations;
  }

  /** Each of a container's ports once: by its name, or else by all that it says. */
  private static void addPorts(PodSandboxConfig.Builder config, Container container) {
    Set<Object> seen = new HashSet<>();
    for (ContainerPort port : container.ports()) {
      if (!seen.add(port.name().isEmpty() ? port : port.name())) {
        continue;
      }
      config.addPortMappings(
          PortMapping.newBuilder()
              .setProtocol(
                  switch (port.protocol()) {
                    case TCP -> Protocol.TCP;
                    case UDP -> Protocol.UDP;
                    case SCTP -> Protocol.SCTP;
                  })
              .setContainerPort(port.containerPort())
              .setHostPort(port.hostPort())
              .setHostIp(port.hostIP()));
    }
  }
}
