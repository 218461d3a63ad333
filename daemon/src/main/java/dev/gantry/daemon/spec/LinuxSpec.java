package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.oci.runtime.Device;
import dev.gantry.oci.runtime.DeviceRule;
import dev.gantry.oci.runtime.IdMapping;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Pids;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The {@code linux} part of a specification. */
final class LinuxSpec {
  /**
   * What hides from containers that say nothing of it; containerd and CRI-O have the same lists.
   */
  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private LinuxSpec() {}

  static Linux of(SpecInput in) throws CallFailure {
    IdMappings ids = in.options().pod().ids();
    return new Linux(
        ids == null ? List.of() : mappings(ids.uids()),
        ids == null ? List.of() : mappings(ids.gids()),
        Map.of(),
        resources(in),
        in.cgroupsPath(),
        in.namespaces(),
        devices(in),
        in.seccomp(),
        MountSpec.rootPropagation(in),
        hidden(in, true),
        hidden(in, false),
        null);
  }

  private static List<IdMapping> mappings(List<IdMappings.Run> runs) {
    return runs.stream().map(run -> new IdMapping(run.inside(), run.host(), run.length())).toList();
  }

  /** Those to make: in a user namespace some are mounted. */
  private static List<Device> devices(SpecInput in) {
    if (in.options().pod().ids() == null) {
      return in.devices();
    }
    Set<String> mounted =
        in.binds().stream().map(BindMount::destination).collect(Collectors.toSet());
    return in.devices().stream().filter(device -> !mounted.contains(device.path())).toList();
  }

  private static LinuxResources resources(SpecInput in) throws CallFailure {
    int pids = in.limits().pids();
    return ResourceSpec.atCreation(
            in.options().config().getLinux().getResources(), in.host(), deviceRules(in))
        .toBuilder()
        .pids(pids == 0 ? null : new Pids(pids))
        .blockIo(in.limits().blockIo())
        .build();
  }

  private static List<String> hidden(SpecInput in, boolean masked) {
    if (in.options().privileged()) {
      return List.of();
    }
    if (!in.options().config().getLinux().hasSecurityContext()) {
      return masked ? MASKED : READ_ONLY;
    }
    LinuxContainerSecurityContext security = in.options().security();
    return masked ? security.getMaskedPathsList() : security.getReadonlyPathsList();
  }

  private static List<DeviceRule> deviceRules(SpecInput in) {
    var rules = new ArrayList<DeviceRule>();
    if (in.options().privileged()) {
      rules.add(new DeviceRule(true, null, null, null, "rwm"));
      return rules;
    }
    rules.add(DeviceRule.DENY_ALL);
    for (int i = 0; i < in.devices().size(); i++) {
      Device device = in.devices().get(i);
      rules.add(
          new DeviceRule(
              true, device.type(), device.major(), device.minor(), in.devicePermissions().get(i)));
    }
    return rules;
  }
}
