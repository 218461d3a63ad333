package dev.gantry.daemon.cdi;

import dev.gantry.daemon.cdi.ContainerEdits.DeviceNode;
import dev.gantry.daemon.cdi.ContainerEdits.NamedHook;
import dev.gantry.daemon.cdi.ContainerEdits.Point;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.oci.runtime.Device;
import dev.gantry.oci.runtime.DeviceRule;
import dev.gantry.oci.runtime.Hook;
import dev.gantry.oci.runtime.Hooks;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A specification that CDI devices are put into, one edit after the other. */
final class SpecEdits {
  private final RuntimeSpec spec;
  private final boolean userNamespace;
  private final Process process;
  private final List<String> env;
  private final List<Long> gids;
  private final List<Device> devices;
  private final List<DeviceRule> rules;
  private final List<Mount> mounts;
  private final Map<Point, List<Hook>> hooks = new EnumMap<>(Point.class);

  SpecEdits(RuntimeSpec spec, boolean userNamespace) {
    this.spec = spec;
    this.userNamespace = userNamespace;
    this.process = Objects.requireNonNull(spec.process());
    Linux linux = Objects.requireNonNull(spec.linux());
    this.env = new ArrayList<>(process.env());
    this.gids = new ArrayList<>(process.user().additionalGids());
    this.devices = new ArrayList<>(linux.devices());
    this.rules = new ArrayList<>(Objects.requireNonNull(linux.resources()).devices());
    this.mounts = new ArrayList<>(spec.mounts());
  }

  /**
   * Applies the edits.
   *
   * @param name the device's, for messages
   */
  void apply(String name, ContainerEdits edits) throws CallFailure {
    for (String variable : edits.env()) {
      String start = variable.substring(0, variable.indexOf('=') + 1);
      env.removeIf(known -> known.startsWith(start));
      env.add(variable);
    }
    for (DeviceNode node : edits.devices()) {
      add(name, node);
    }
    for (Mount mount : edits.mounts()) {
      boolean bind = mount.options().contains("bind") || mount.options().contains("rbind");
      if (bind) {
        require(name, "mounts", Objects.requireNonNull(mount.source()));
      }
      mounts.removeIf(known -> known.destination().equals(mount.destination()));
      mounts.add(mount);
    }
    for (NamedHook hook : edits.hooks()) {
      require(name, "hooks", hook.hook().path());
      hooks.computeIfAbsent(hook.point(), point -> new ArrayList<>()).add(hook.hook());
    }
    for (Long gid : edits.additionalGids()) {
      if (!gids.contains(gid)) {
        gids.add(gid);
      }
    }
  }

  private static void require(String name, String what, String path) throws CallFailure {
    if (!Files.exists(Path.of(path))) {
      throw CallFailure.precondition(
          "CDI_devices: " + name + ": " + what + ": " + path + " does not exist on the host");
    }
  }

  private void add(String name, DeviceNode node) throws CallFailure {
    Device device = device(name, node);
    devices.removeIf(known -> known.path().equals(device.path()));
    if (userNamespace && !node.hostPath().equals(node.path())) {
      // The OCI runtimes mount the host's of the same name there, as no device can be made.
      require(name, "deviceNodes", node.hostPath());
      mounts.removeIf(known -> known.destination().equals(node.path()));
      mounts.add(
          new Mount(node.path(), "bind", node.hostPath(), List.of("rbind", "rprivate", "rw")));
    } else {
      devices.add(device);
    }
    boolean controlled = device.type().equals("b") || device.type().equals("c");
    if (controlled && !node.permissions().isEmpty()) {
      rules.add(
          new DeviceRule(true, device.type(), device.major(), device.minor(), node.permissions()));
    }
  }

  /** What the file does not say is as on the host; owner and group are the process's. */
  private Device device(String name, DeviceNode node) throws CallFailure {
    boolean said = !node.type().isEmpty() && (node.major() != 0 || node.type().equals("p"));
    FileStat host = null;
    try {
      host = At.stat(At.CWD, node.hostPath(), false);
    } catch (LinuxException e) {
      if (!said) {
        throw CallFailure.precondition("CDI_devices: " + name + ": deviceNodes: " + e.getMessage());
      }
    }
    if (!said && (host == null || !host.isDevice())) {
      throw CallFailure.precondition(
          "CDI_devices: " + name + ": deviceNodes: " + node.hostPath() + " is no device");
    }
    Integer mode =
        node.fileMode().orElse(host != null && host.isDevice() ? host.permissions() : null);
    long uid = process.user().uid();
    long gid = process.user().gid();
    if (said || host == null) {
      return new Device(
          node.path(),
          node.type(),
          node.major(),
          node.minor(),
          mode,
          node.uid().orElse(uid),
          node.gid().orElse(gid));
    }
    return new Device(
        node.path(),
        host.type() == FileStat.BLOCK_DEVICE ? "b" : "c",
        At.major(host.rdev()),
        At.minor(host.rdev()),
        mode,
        node.uid().orElse(uid),
        node.gid().orElse(gid));
  }

  /** The specification with all that was applied. */
  RuntimeSpec spec() {
    Linux linux = Objects.requireNonNull(spec.linux());
    LinuxResources resources = Objects.requireNonNull(linux.resources());
    mounts.sort(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()));
    User user = process.user();
    return spec.toBuilder()
        .process(
            process.toBuilder()
                .env(env)
                .user(new User(user.uid(), user.gid(), user.umask(), gids))
                .build())
        .mounts(mounts)
        .hooks(hooks.isEmpty() ? spec.hooks() : hooks())
        .linux(
            linux.toBuilder()
                .devices(devices)
                .resources(resources.toBuilder().devices(rules).build())
                .build())
        .build();
  }

  private Hooks hooks() {
    return new Hooks(
        at(Point.PRESTART),
        at(Point.CREATE_RUNTIME),
        at(Point.CREATE_CONTAINER),
        at(Point.START_CONTAINER),
        at(Point.POSTSTART),
        at(Point.POSTSTOP));
  }

  private List<Hook> at(Point point) {
    return hooks.getOrDefault(point, List.of());
  }
}
