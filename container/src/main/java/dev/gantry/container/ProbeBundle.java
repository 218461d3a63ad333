package dev.gantry.container;

import dev.gantry.linux.file.DeleteTree;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.DeviceRule;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Namespace;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A bundle that any Linux host can run: the host's own {@code true}, in a root made of read-only
 * mounts of the host's programs and libraries.
 */
final class ProbeBundle implements AutoCloseable {
  private static final List<String> HOST_DIRECTORIES =
      List.of("usr", "bin", "sbin", "lib", "lib32", "lib64", "nix", "gnu");

  private final Path dir;

  private ProbeBundle(Path dir) {
    this.dir = dir;
  }

  /** Makes the bundle in a directory of its own below {@code parent}. */
  static ProbeBundle make(Path parent, String cgroupsPath) throws IOException {
    PrivateFiles.makeDirectories(parent);
    ProbeBundle bundle = new ProbeBundle(Files.createTempDirectory(parent, "probe-"));
    try {
      Path rootfs = Files.createDirectory(bundle.dir.resolve("rootfs"));
      Files.createDirectory(rootfs.resolve("proc"));
      Files.createDirectory(rootfs.resolve("dev"));
      Files.write(
          bundle.dir.resolve("config.json"), OciJson.toJson(spec(cgroupsPath, hostMounts(rootfs))));
      return bundle;
    } catch (IOException e) {
      bundle.close();
      throw e;
    }
  }

  Path dir() {
    return dir;
  }

  private static List<Mount> hostMounts(Path rootfs) throws IOException {
    List<Mount> mounts = new ArrayList<>();
    mounts.add(new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
    mounts.add(new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755", "size=65536k")));
    for (String name : HOST_DIRECTORIES) {
      Path host = Path.of("/", name);
      if (Files.isSymbolicLink(host)) {
        // Merged /usr: /bin is a link to usr/bin, and so it is in there.
        Files.createSymbolicLink(rootfs.resolve(name), Files.readSymbolicLink(host));
      } else if (Files.isDirectory(host)) {
        Files.createDirectory(rootfs.resolve(name));
        String path = host.toString();
        mounts.add(new Mount(path, "bind", path, List.of("rbind", "ro", "nosuid", "nodev")));
      }
    }
    return mounts;
  }

  private static RuntimeSpec spec(String cgroupsPath, List<Mount> mounts) {
    Capabilities none = new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
    Process process =
        new Process(
            false,
            null,
            User.ROOT,
            List.of("true"),
            List.of("PATH=" + ConmonCommand.SEARCH_PATH),
            "/",
            none,
            List.of(),
            true,
            null,
            null,
            null);
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        process,
        new Root("rootfs", true),
        "probe",
        mounts,
        null,
        Map.of(),
        linux(cgroupsPath));
  }

  private static Linux linux(String cgroupsPath) {
    List<Namespace> namespaces =
        List.of(
            Namespace.fresh(Namespace.PID),
            Namespace.fresh(Namespace.IPC),
            Namespace.fresh(Namespace.UTS),
            Namespace.fresh(Namespace.MOUNT));
    LinuxResources resources =
        new LinuxResources(
            List.of(DeviceRule.DENY_ALL),
            null,
            null,
            null,
            null,
            List.of(),
            null,
            Map.of(),
            Map.of());
    return new Linux(
        List.of(),
        List.of(),
        Map.of(),
        resources,
        cgroupsPath,
        namespaces,
        List.of(),
        null,
        null,
        List.of(),
        List.of(),
        null);
  }

  @Override
  public void close() throws IOException {
    DeleteTree.delete(dir);
  }
}
