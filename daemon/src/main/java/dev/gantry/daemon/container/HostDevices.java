package dev.gantry.daemon.container;

import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.oci.runtime.Device;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The devices of the host that a container gets.
 *
 * @param devices of the container
 * @param permissions cgroup access of each, as in {@code rwm}
 * @param binds those of the devices that are not made but mounted: nobody can make a device in a
 *     user namespace, and the OCI runtimes mount the host's of the same name there
 */
record HostDevices(List<Device> devices, List<String> permissions, List<BindMount> binds) {
  private static final Path DEV = Path.of("/dev");

  /** What a container has of its own below /dev. */
  private static final Set<String> OWN =
      Set.of(
          "pts",
          "shm",
          "mqueue",
          "fd",
          "console",
          "ptmx",
          "core",
          "stdin",
          "stdout",
          "stderr",
          ".lxc",
          ".lxd-mounts",
          ".udev");

  /**
   * The devices that a container asks for, or all when it is privileged.
   *
   * @throws CallFailure when one does not exist or is no device
   */
  static HostDevices of(ContainerOptions options) throws IOException, CallFailure {
    var found = new HostDevices(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (dev.gantry.cri.v1.Device asked : options.config().getDevicesList()) {
      found.add(asked);
    }
    if (options.privileged()) {
      found.addTree(DEV, DEV, "rwm", OWN);
    }
    if (options.pod().ids() == null) {
      found.binds.clear();
    }
    return found;
  }

  private void add(dev.gantry.cri.v1.Device asked) throws IOException, CallFailure {
    String field = "devices[" + asked.getHostPath() + "]";
    String permissions = asked.getPermissions().isEmpty() ? "rwm" : asked.getPermissions();
    if (!permissions.matches("[rwm]{1,3}")) {
      throw CallFailure.invalid(field + ".permissions: " + permissions + " is not of r, w, m");
    }
    String inside =
        asked.getContainerPath().isEmpty() ? asked.getHostPath() : asked.getContainerPath();
    SandboxOptions.checkAbsolute(field + ".host_path", asked.getHostPath());
    SandboxOptions.checkAbsolute(field + ".container_path", inside);
    Path host = Path.of(asked.getHostPath());
    if (!Files.exists(host)) {
      throw CallFailure.invalid("devices: " + host + " does not exist on the host");
    }
    add(host.toRealPath(), Path.of(inside).normalize(), permissions);
  }

  private void add(Path host, Path inside, String permissions) throws IOException, CallFailure {
    if (Files.isDirectory(host)) {
      addTree(host, inside, permissions, Set.of());
    } else if (!addDevice(host, inside, permissions)) {
      throw CallFailure.invalid("devices: " + host + " is no device");
    }
  }

  private void addTree(Path host, Path inside, String permissions, Set<String> except)
      throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(host)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (except.contains(name) || Files.isSymbolicLink(entry)) {
          continue;
        }
        try {
          if (Files.isDirectory(entry)) {
            addTree(entry, inside.resolve(name), permissions, Set.of());
          } else {
            addDevice(entry, inside.resolve(name), permissions);
          }
        } catch (NoSuchFileException | LinuxException e) {
          requireGone(entry, e);
        }
      }
    }
  }

  /** Devices come and go while a tree of them is read. */
  private static void requireGone(Path entry, IOException e) throws IOException {
    if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
      throw e;
    }
  }

  private boolean addDevice(Path host, Path inside, String permissions) throws IOException {
    FileStat stat = At.stat(At.CWD, host.toString(), true);
    if (!stat.isDevice()) {
      return false;
    }
    boolean there = devices.stream().anyMatch(d -> d.path().equals(inside.toString()));
    if (!there) {
      devices.add(
          new Device(
              inside.toString(),
              stat.type() == FileStat.BLOCK_DEVICE ? "b" : "c",
              At.major(stat.rdev()),
              At.minor(stat.rdev()),
              stat.permissions(),
              (long) stat.uid(),
              (long) stat.gid()));
      permissions().add(permissions);
      if (!host.equals(inside)) {
        binds.add(
            new BindMount(
                inside.toString(),
                host,
                false,
                false,
                MountPropagation.PROPAGATION_PRIVATE,
                List.of()));
      }
    }
    return true;
  }
}
