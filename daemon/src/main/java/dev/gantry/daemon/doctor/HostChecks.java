package dev.gantry.daemon.doctor;

import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.HandlerConfig;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The checks of {@code gantry doctor}. They only look, and change nothing. */
public final class HostChecks {
  private static final System.Logger LOG = System.getLogger(HostChecks.class.getName());
  private static final List<String> BRIDGE_PLUGINS = List.of("bridge", "host-local", "portmap");

  private final DaemonConfig config;
  private final List<Check> checks = new ArrayList<>();

  private HostChecks(DaemonConfig config) {
    this.config = config;
  }

  /** Looks at everything a daemon with that configuration needs. */
  public static List<Check> run(DaemonConfig config) {
    var host = new HostChecks(config);
    host.kernel();
    host.cgroups();
    host.runtimes();
    host.binary("conmon", config.conmon(), "install the package conmon");
    host.catatonit();
    host.network();
    host.limits();
    return List.copyOf(host.checks);
  }

  private void kernel() {
    checks.add(
        "root".equals(System.getProperty("user.name"))
            ? Check.ok("user", "root")
            : Check.fail("user", System.getProperty("user.name"), "run it as root"));
    checks.add(Check.ok("kernel", System.getProperty("os.version")));
    checks.add(
        overlay(
            Path.of("/proc/filesystems"),
            Path.of("/lib/modules", System.getProperty("os.version"), "modules.dep")));
    for (String namespace : List.of("net", "ipc", "uts", "pid", "mnt")) {
      if (!Files.exists(Path.of("/proc/self/ns", namespace))) {
        checks.add(
            Check.fail(
                "namespaces", "no " + namespace, "use a kernel with " + namespace + " namespaces"));
      }
    }
  }

  /**
   * Whether there is overlayfs, or the kernel finds it when the first mount asks for it.
   *
   * @param modules what depmod(8) has written of the running kernel's modules
   */
  static Check overlay(Path fileSystems, Path modules) {
    if (contains(fileSystems, "\toverlay\n")) {
      return Check.ok("overlay", "in " + fileSystems);
    }
    return contains(modules, "/overlay.ko")
        ? Check.ok("overlay", "a module that is loaded when it is needed")
        : Check.fail(
            "overlay",
            "neither in " + fileSystems + " nor in " + modules,
            "use a kernel with overlayfs, or install the package of its modules");
  }

  private void cgroups() {
    try {
      CgroupHost host = CgroupHost.detect();
      CgroupMode mode = host.mode();
      String found =
          switch (mode) {
            case V1 -> "version 1";
            case HYBRID -> "version 1 with an empty version 2 hierarchy (hybrid)";
            case V2 -> "version 2";
          };
      List<String> left = host.unifiedControllers();
      if (mode == CgroupMode.HYBRID && !left.isEmpty()) {
        checks.add(
            Check.warn(
                "cgroups",
                found + "; still on version 2: " + String.join(", ", left),
                "crun refuses such a host, runc does not; to use crun: " + hybridCure(left)));
      } else {
        checks.add(Check.ok("cgroups", found));
      }
    } catch (IOException e) {
      checks.add(
          Check.fail("cgroups", String.valueOf(e.getMessage()), "mount the cgroup file systems"));
    }
  }

  /** The commands that put controllers which a hybrid host left on version 2 on version 1. */
  public static String hybridCure(List<String> controllers) {
    return String.join(
        " && ",
        controllers.stream()
            .map(c ->
                "mkdir -p /sys/fs/cgroup/"
                    + c
                    + " && mount -t cgroup -o "
                    + c
                    + " cgroup"
                    + " /sys/fs/cgroup/"
                    + c)
            .toList());
  }

  private void runtimes() {
    int found = 0;
    for (HandlerConfig handler : config.runtimes().values()) {
      Optional<Path> binary = Binaries.find(handler.path());
      found += binary.isPresent() ? 1 : 0;
      checks.add(
          binary
              .map(path -> Check.ok("runtime " + handler.name(), path.toString()))
              .orElseGet(() ->
                  Check.warn(
                      "runtime " + handler.name(),
                      handler.path() + " not found",
                      "install the package " + handler.name())));
    }
    if (found == 0) {
      checks.add(Check.fail("runtimes", "none", "install the package crun or runc"));
    }
  }

  private void binary(String name, String configured, String whatToDo) {
    checks.add(
        Binaries.find(configured)
            .map(path -> Check.ok(name, path.toString()))
            .orElseGet(() -> Check.fail(name, configured + " not found", whatToDo)));
  }

  private void catatonit() {
    checks.add(
        Binaries.find(config.catatonit())
            .map(path -> Check.ok("catatonit", path.toString()))
            .orElseGet(() ->
                Check.warn(
                    "catatonit",
                    config.catatonit() + " not found",
                    "pods that share a PID namespace (CRI's default) need it:"
                        + " install the package catatonit")));
  }

  private void network() {
    List<String> missing =
        BRIDGE_PLUGINS.stream()
            .filter(plugin ->
                config.network().pluginDirs().stream()
                    .noneMatch(dir -> Files.isExecutable(dir.resolve(plugin))))
            .toList();
    checks.add(
        missing.isEmpty()
            ? Check.ok("CNI plug-ins", "in " + config.network().pluginDirs())
            : Check.warn(
                "CNI plug-ins",
                "missing: " + String.join(", ", missing),
                "install the package containernetworking-plugins"));
    if (config.network().defaultNetwork()) {
      checks.add(Check.ok("CNI configuration", "the built-in bridge"));
    } else {
      checks.add(
          cniConfiguration()
              .map(file -> Check.ok("CNI configuration", file.toString()))
              .orElseGet(() ->
                  Check.warn(
                      "CNI configuration",
                      "none in " + config.network().configDirs(),
                      "pods with a network of their own wait for one; a cluster's network"
                          + " add-on installs it, or set network.default_network = true")));
    }
    binary("iptables", "iptables", "host ports need it: install the package iptables");
  }

  private Optional<Path> cniConfiguration() {
    for (Path dir : config.network().configDirs()) {
      try (Stream<Path> files = Files.list(dir)) {
        Optional<Path> first =
            files
                .filter(file -> file.toString().matches(".*\\.(conf|conflist|json)"))
                .sorted()
                .findFirst();
        if (first.isPresent()) {
          return first;
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "no CNI configuration in " + dir, e);
      }
    }
    return Optional.empty();
  }

  private void limits() {
    HostCapabilities capabilities = HostCapabilities.read();
    checks.add(
        capabilities.has("CAP_SYS_RESOURCE")
            ? Check.ok("oom_score_adj", "may be lowered")
            : Check.warn(
                "oom_score_adj",
                "no CAP_SYS_RESOURCE, it cannot be lowered",
                "containers get the nearest value that may be set"));
    checks.add(appArmor(Path.of("/sys/kernel/security/lsm"), Binaries.find("apparmor_parser")));
  }

  /**
   * What becomes of the default AppArmor profile.
   *
   * @param modules the kernel's list of active security modules
   */
  static Check appArmor(Path modules, Optional<Path> parser) {
    if (!contains(modules, "apparmor")) {
      return Check.ok("AppArmor", "not in this kernel; profiles are not applied");
    }
    return parser
        .map(path -> Check.ok("AppArmor", "enabled, profiles are loaded by " + path))
        .orElseGet(() ->
            Check.warn(
                "AppArmor",
                "enabled, but apparmor_parser not found",
                "containers run without the default profile: install the package apparmor"));
  }

  private static boolean contains(Path file, String word) {
    try {
      return Files.readString(file).contains(word);
    } catch (IOException e) {
      return false;
    }
  }
}
