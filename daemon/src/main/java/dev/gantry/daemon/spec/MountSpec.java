package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.oci.runtime.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The mounts of a specification: the usual ones, then the pod's files and the request's, the upper
 * ones first.
 */
final class MountSpec {
  private static final List<String> KERNEL = List.of("nosuid", "noexec", "nodev");

  /** The group tty, of the same number in all Linux systems. */
  private static final long TTY_GROUP = 5;

  private MountSpec() {}

  static List<Mount> of(SpecInput in) {
    Set<String> asked = in.binds().stream().map(MountSpec::place).collect(Collectors.toSet());
    var mounts = new ArrayList<Mount>();
    for (Mount mount : usual(in)) {
      // A /dev of the request's has all of its own.
      boolean replaced = asked.contains("/dev") && mount.destination().startsWith("/dev/");
      if (!replaced && !asked.contains(mount.destination())) {
        mounts.add(mount);
      }
    }
    // A mount of the request above the pod's files does not hide them.
    Stream.concat(
            podFiles(in).stream().filter(file -> !asked.contains(file.destination())),
            in.binds().stream().map(MountSpec::bind))
        .sorted(Comparator.comparingInt(MountSpec::depth))
        .forEach(mounts::add);
    return mounts;
  }

  private static String place(BindMount bind) {
    return Path.of(bind.destination()).normalize().toString();
  }

  private static int depth(Mount mount) {
    return Path.of(mount.destination()).normalize().getNameCount();
  }

  private static List<Mount> usual(SpecInput in) {
    boolean privileged = in.options().privileged();
    String kernelAccess = privileged ? "rw" : "ro";
    var mounts = new ArrayList<Mount>();
    mounts.add(new Mount("/proc", "proc", "proc", KERNEL));
    mounts.add(
        new Mount(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
    mounts.add(
        new Mount(
            "/dev/pts",
            "devpts",
            "devpts",
            with(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666"), terminalAccess(in))));
    mounts.add(new Mount("/dev/mqueue", "mqueue", "mqueue", KERNEL));
    mounts.add(sys(in, kernelAccess));
    mounts.add(cgroups(in, with(KERNEL, "relatime", kernelAccess)));
    mounts.add(shm(in));
    return mounts;
  }

  /**
   * The container's own cgroups, or all of the node's where it is privileged. The latter on cgroup
   * v2 by a bind mount: who mounts a cgroup2 in the node's cgroup namespace sets the options of the
   * only one there is, and one that leaves out nsdelegate or memory_recursiveprot takes it away
   * from the node (cgroups(7)). crun passes no options on, so to repeat the node's would not help.
   */
  private static Mount cgroups(SpecInput in, List<String> options) {
    boolean nodes = in.host().cgroup2() && in.options().privileged() && !in.features().podSandbox();
    return nodes
        ? new Mount("/sys/fs/cgroup", "bind", "/sys/fs/cgroup", with(options, "rbind", "rprivate"))
        : new Mount("/sys/fs/cgroup", "cgroup", "cgroup", options);
  }

  /**
   * A sysfs of the container's own; only the owner of a network may mount one. A pod with a user
   * namespace in the node's network sees the node's, with all that is mounted below it.
   */
  private static Mount sys(SpecInput in, String access) {
    boolean owner = in.options().pod().ids() == null || !in.options().pod().hostNetwork();
    if (owner) {
      return new Mount("/sys", "sysfs", "sysfs", with(KERNEL, access));
    }
    boolean all = access.equals("ro") && in.features().recursiveReadOnlyMounts();
    return new Mount(
        "/sys", "bind", "/sys", with(KERNEL, "rbind", "rprivate", all ? "rro" : access));
  }

  /** Terminals belong to the group tty, where there is one. */
  private static List<String> terminalAccess(SpecInput in) {
    IdMappings ids = in.options().pod().ids();
    return ids == null || ids.hostGroup(TTY_GROUP) >= 0
        ? List.of("mode=0620", "gid=" + TTY_GROUP)
        : List.of("mode=0620");
  }

  private static Mount shm(SpecInput in) {
    String source = in.options().pod().hostIpc() ? "/dev/shm" : in.pod().shm().toString();
    return new Mount(
        "/dev/shm",
        "bind",
        source,
        List.of("rbind", "rprivate", "rw", "nosuid", "nodev", "noexec"));
  }

  private static List<Mount> podFiles(SpecInput in) {
    String access = in.options().security().getReadonlyRootfs() ? "ro" : "rw";
    return List.of(
        file("/etc/resolv.conf", in.pod().resolvConf(), access),
        file("/etc/hostname", in.pod().hostname(), access),
        file("/etc/hosts", in.pod().hosts(), access));
  }

  private static Mount file(String destination, Path source, String access) {
    return new Mount(destination, "bind", source.toString(), List.of("rbind", "rprivate", access));
  }

  private static Mount bind(BindMount bind) {
    String propagation =
        switch (bind.propagation()) {
          case PROPAGATION_HOST_TO_CONTAINER -> "rslave";
          case PROPAGATION_BIDIRECTIONAL -> "rshared";
          case PROPAGATION_PRIVATE, UNRECOGNIZED -> "rprivate";
        };
    return new Mount(
        bind.destination(),
        "bind",
        bind.source().toString(),
        with(List.of("rbind", propagation, access(bind)), bind.options()));
  }

  private static String access(BindMount bind) {
    if (!bind.readOnly()) {
      return "rw";
    }
    return bind.recursive() ? "rro" : "ro";
  }

  private static List<String> with(List<String> options, String... more) {
    return with(options, List.of(more));
  }

  private static List<String> with(List<String> options, List<String> more) {
    var all = new ArrayList<>(options);
    all.addAll(more);
    return all;
  }

  /** The propagation of the root mount: as wide as the widest mount of the request needs. */
  static String rootPropagation(SpecInput in) {
    Set<MountPropagation> asked =
        in.binds().stream().map(BindMount::propagation).collect(Collectors.toSet());
    if (asked.contains(MountPropagation.PROPAGATION_BIDIRECTIONAL)) {
      return "rshared";
    }
    return asked.contains(MountPropagation.PROPAGATION_HOST_TO_CONTAINER) ? "rslave" : "rprivate";
  }
}
