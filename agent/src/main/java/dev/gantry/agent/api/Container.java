package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One container of a pod. */
@Refused(
    field = "volumeDevices",
    remedy =
        "raw block volumes come from claims, which need a cluster; mount a hostPath of type BlockDevice instead")
public record Container(
    @Always String name,
    String image,
    List<String> command,
    List<String> args,
    String workingDir,
    List<ContainerPort> ports,
    List<EnvFromSource> envFrom,
    List<EnvVar> env,
    @Always ResourceRequirements resources,
    List<ContainerResizePolicy> resizePolicy,
    @Nullable RestartPolicy restartPolicy,
    List<ContainerRestartRule> restartPolicyRules,
    List<VolumeMount> volumeMounts,
    @Nullable Probe livenessProbe,
    @Nullable Probe readinessProbe,
    @Nullable Probe startupProbe,
    @Nullable Lifecycle lifecycle,
    @Default("/dev/termination-log") String terminationMessagePath,
    @Default("File") TerminationMessagePolicy terminationMessagePolicy,
    @Nullable PullPolicy imagePullPolicy,
    @Nullable SecurityContext securityContext,
    boolean stdin,
    boolean stdinOnce,
    boolean tty) {
  public Container {
    command = Fields.list(command);
    args = Fields.list(args);
    ports = Fields.list(ports);
    envFrom = Fields.list(envFrom);
    env = Fields.list(env);
    resizePolicy = Fields.list(resizePolicy);
    restartPolicyRules = Fields.list(restartPolicyRules);
    volumeMounts = Fields.list(volumeMounts);
    resources = resources.withLimitsRequested();
    if (imagePullPolicy == null && !image.isEmpty()) {
      imagePullPolicy = ImageNames.isLatest(image) ? PullPolicy.Always : PullPolicy.IfNotPresent;
    }
  }

  /** This with another {@code name}. */
  public Container withName(String name) {
    return Shape.with(this, "name", name);
  }

  /** This with another {@code image}. */
  public Container withImage(String image) {
    return Shape.with(this, "image", image);
  }

  /** This with another {@code command}. */
  public Container withCommand(List<String> command) {
    return Shape.with(this, "command", command);
  }

  /** This with another {@code args}. */
  public Container withArgs(List<String> args) {
    return Shape.with(this, "args", args);
  }

  /** This with another {@code ports}. */
  public Container withPorts(List<ContainerPort> ports) {
    return Shape.with(this, "ports", ports);
  }

  /** This with another {@code env}. */
  public Container withEnv(List<EnvVar> env) {
    return Shape.with(this, "env", env);
  }

  /** This with another {@code resources}. */
  public Container withResources(ResourceRequirements resources) {
    return Shape.with(this, "resources", resources);
  }

  /** This with another {@code volumeMounts}. */
  public Container withVolumeMounts(List<VolumeMount> volumeMounts) {
    return Shape.with(this, "volumeMounts", volumeMounts);
  }

  /** This with another {@code imagePullPolicy}. */
  public Container withImagePullPolicy(@Nullable PullPolicy imagePullPolicy) {
    return Shape.with(this, "imagePullPolicy", imagePullPolicy);
  }

  /** This with another {@code securityContext}. */
  public Container withSecurityContext(@Nullable SecurityContext securityContext) {
    return Shape.with(this, "securityContext", securityContext);
  }

  /** Whether this init container is a sidecar: it runs beside the pod's containers. */
  public boolean isRestartableInit() {
    return restartPolicy == RestartPolicy.Always;
  }

  /** This in a pod that uses the node's network: every port is the node's. */
  Container onHostNetwork() {
    return withPorts(ports.stream().map(ContainerPort::onHostNetwork).toList());
  }
}
