package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.ContainerRestartRule;
import dev.gantry.agent.api.ContainerRestartRuleOnExitCodes;
import dev.gantry.agent.api.MountPropagationMode;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.RecursiveReadOnlyMode;
import dev.gantry.agent.api.SecurityContext;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.api.VolumeMount;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The API server's validation of a pod's containers. */
final class ContainerValidation {
  private static final int MAX_RULES = 20;
  private static final int MAX_EXIT_CODES = 255;

  private final PodSpec spec;
  private final String path;
  private final Report report;
  private final Set<String> volumes;
  private final Set<String> names = new HashSet<>();

  ContainerValidation(PodSpec spec, String path, Report report) {
    this.spec = spec;
    this.path = path;
    this.report = report;
    this.volumes = spec.volumes().stream().map(Volume::name).collect(Collectors.toSet());
  }

  void validate() {
    if (spec.containers().isEmpty()) {
      report.add(path + ".containers", "Required value: a pod has at least one container");
    }
    Set<String> hostPorts = new HashSet<>();
    for (int i = 0; i < spec.containers().size(); i++) {
      Container container = spec.containers().get(i);
      String at = path + ".containers[" + i + "]";
      common(container, at);
      new HandlerValidation(spec, container, at, report).all();
      restartRules(container, at);
      hostPorts(container, at, hostPorts);
    }
    for (int i = 0; i < spec.initContainers().size(); i++) {
      Container container = spec.initContainers().get(i);
      String at = path + ".initContainers[" + i + "]";
      common(container, at);
      restartRules(container, at);
      hostPorts(container, at, new HashSet<>());
      if (container.isRestartableInit()) {
        new HandlerValidation(spec, container, at, report).all();
      } else {
        onlyForSidecars(container, at);
      }
    }
  }

  private void onlyForSidecars(Container container, String at) {
    String why = "Forbidden: may not be set for init containers without restartPolicy=Always";
    if (container.lifecycle() != null) {
      report.add(at + ".lifecycle", why);
    }
    if (container.livenessProbe() != null) {
      report.add(at + ".livenessProbe", why);
    }
    if (container.readinessProbe() != null) {
      report.add(at + ".readinessProbe", why);
    }
    if (container.startupProbe() != null) {
      report.add(at + ".startupProbe", why);
    }
  }

  private void common(Container container, String at) {
    if (container.name().isEmpty()) {
      report.add(at + ".name", "Required value");
    } else {
      Syntax.check(report, at + ".name", container.name(), Syntax.label(container.name()));
      if (!names.add(container.name())) {
        report.add(at + ".name", "Duplicate value: \"" + container.name() + "\"");
      }
    }
    if (container.image().isEmpty()) {
      report.add(at + ".image", "Required value");
    } else if (!container.image().equals(container.image().strip())) {
      report.add(
          at + ".image",
          Syntax.invalid(container.image(), "must not have leading or trailing whitespace"));
    }
    ports(container.ports(), at + ".ports");
    EnvValidation.container(container, at, report);
    mounts(container, at + ".volumeMounts");
    ResourceValidation.container(container.resources(), at + ".resources", report);
    SecurityContext context = container.securityContext();
    if (context != null) {
      SecurityValidation.container(
          context, !Boolean.FALSE.equals(spec.hostUsers()), at + ".securityContext", report);
    }
  }

  private void ports(List<ContainerPort> ports, String at) {
    Set<String> portNames = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ContainerPort port = ports.get(i);
      String here = at + "[" + i + "]";
      if (!port.name().isEmpty()) {
        Syntax.check(report, here + ".name", port.name(), Syntax.portName(port.name()));
        if (!portNames.add(port.name())) {
          report.add(here + ".name", "Duplicate value: \"" + port.name() + "\"");
        }
      }
      if (port.containerPort() == 0) {
        report.add(here + ".containerPort", "Required value");
      } else {
        Syntax.check(
            report,
            here + ".containerPort",
            port.containerPort(),
            Syntax.port(port.containerPort()));
      }
      if (port.hostPort() != 0) {
        Syntax.check(report, here + ".hostPort", port.hostPort(), Syntax.port(port.hostPort()));
      }
      if (!port.hostIP().isEmpty()) {
        Syntax.check(report, here + ".hostIP", port.hostIP(), Syntax.ip(port.hostIP()));
      }
      if (spec.hostNetwork() && port.hostPort() != port.containerPort()) {
        report.add(
            here + ".hostPort",
            Syntax.invalid(
                port.hostPort(), "must match `containerPort` when `hostNetwork` is true"));
      }
    }
  }

  /** Containers that run at the same time cannot share a port of the node. */
  private void hostPorts(Container container, String at, Set<String> taken) {
    for (int i = 0; i < container.ports().size(); i++) {
      ContainerPort port = container.ports().get(i);
      String one = port.protocol() + "/" + port.hostIP() + "/" + port.hostPort();
      if (port.hostPort() != 0 && !taken.add(one)) {
        report.add(at + ".ports[" + i + "].hostPort", "Duplicate value: \"" + one + "\"");
      }
    }
  }

  private void mounts(Container container, String at) {
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < container.volumeMounts().size(); i++) {
      VolumeMount mount = container.volumeMounts().get(i);
      String here = at + "[" + i + "]";
      if (mount.name().isEmpty()) {
        report.add(here + ".name", "Required value");
      } else if (!volumes.contains(mount.name())) {
        report.add(
            here + ".name",
            "Not found: \"" + mount.name() + "\": declare it in " + path + ".volumes");
      }
      if (mount.mountPath().isEmpty()) {
        report.add(here + ".mountPath", "Required value");
      } else if (!paths.add(mount.mountPath())) {
        report.add(here + ".mountPath", Syntax.invalid(mount.mountPath(), "must be unique"));
      }
      subPaths(mount, here);
      if (mount.mountPropagation() == MountPropagationMode.Bidirectional
          && !isPrivileged(container)) {
        report.add(
            here + ".mountPropagation",
            "Forbidden: Bidirectional mount propagation is available only to privileged containers");
      }
      recursive(mount, here + ".recursiveReadOnly");
    }
  }

  private void subPaths(VolumeMount mount, String here) {
    Syntax.check(report, here + ".subPath", mount.subPath(), Syntax.descending(mount.subPath()));
    Syntax.check(
        report, here + ".subPathExpr", mount.subPathExpr(), Syntax.descending(mount.subPathExpr()));
    if (!mount.subPath().isEmpty() && !mount.subPathExpr().isEmpty()) {
      report.add(
          here + ".subPathExpr",
          Syntax.invalid(mount.subPathExpr(), "subPathExpr and subPath are mutually exclusive"));
    }
  }

  private void recursive(VolumeMount mount, String at) {
    RecursiveReadOnlyMode mode = mount.recursiveReadOnly();
    if (mode == null || mode == RecursiveReadOnlyMode.Disabled) {
      return;
    }
    if (!mount.readOnly()) {
      report.add(at, "Forbidden: may only be specified when readOnly is true");
    }
    if (mount.mountPropagation() != null && mount.mountPropagation() != MountPropagationMode.None) {
      report.add(
          at, "Forbidden: may only be specified when mountPropagation is None or not specified");
    }
  }

  private static boolean isPrivileged(Container container) {
    SecurityContext context = container.securityContext();
    return context != null && Boolean.TRUE.equals(context.privileged());
  }

  private void restartRules(Container container, String at) {
    List<ContainerRestartRule> rules = container.restartPolicyRules();
    if (!rules.isEmpty() && container.restartPolicy() == null) {
      report.add(
          at + ".restartPolicy",
          "Required value: must specify restartPolicy when restart rules are used");
    }
    if (rules.size() > MAX_RULES) {
      report.add(at + ".restartPolicyRules", "Too many: " + rules.size() + ": at most 20");
    }
    for (int i = 0; i < rules.size(); i++) {
      String here = at + ".restartPolicyRules[" + i + "].exitCodes";
      ContainerRestartRuleOnExitCodes codes = rules.get(i).exitCodes();
      if (codes == null) {
        report.add(here, "Required value: must be specified");
      } else if (codes.values().size() > MAX_EXIT_CODES) {
        report.add(here + ".values", "Too many: at most 255");
      }
    }
  }
}
