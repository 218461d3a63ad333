package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
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
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that any Linux host can run: the host's own {@code true}, in a root made of read-only
 * mounts of the host's programs and libraries.
 */
final class ProbeBundle implements AutoCloseable {
  private static final List<String> DO_NOTHING = List.of("true");
  private static final List<String> WRITE =
      List.of("sh", "-c", "if (: >/tree/below/file) 2>/dev/null; then exit 3; fi");
  private static final List<String> HOST_DIRECTORIES =
      List.of("usr", "bin", "sbin", "lib", "lib32", "lib64", "nix", "gnu");

  private static final String PREFIX = "probe-";

  /** A process of a user namespace must get through to its root file system. */
  private static final Set<PosixFilePermission> PASSABLE =
      PosixFilePermissions.fromString("rwx--x--x");

  /** The probe's exit code when it could write below a mount that is recursively read-only. */
  static final int WRITABLE_BELOW = 3;

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final String TREE = "tree";
  private static final long TMPFS_BYTES = 1 << 16;

  /**
   * What a container is to try.
   *
   * @param userNamespace to be in one
   * @param recursion to have a mount with the option {@code rro}, and to write to what is mounted
   *     below that
   */
  record Trial(boolean userNamespace, boolean recursion) {}

  private final Path dir;
  private @Nullable ProbeNamespaces namespaces;

  private ProbeBundle(Path dir) {
    this.dir = dir;
  }

  /**
   * Makes the bundle in a directory of its own below {@code parent}.
   *
   * @param flavor which runtime it is for
   * @param trial what is tried
   */
  static ProbeBundle make(Path parent, String cgroupsPath, RuntimeFlavor flavor, Trial trial)
      throws IOException {
    PrivateFiles.makeDirectories(parent);
    ProbeBundle bundle = new ProbeBundle(Files.createTempDirectory(parent, PREFIX));
    try {
      Files.setPosixFilePermissions(parent, PASSABLE);
      Files.setPosixFilePermissions(bundle.dir, PASSABLE);
      Path rootfs = Files.createDirectory(bundle.dir.resolve("rootfs"));
      // As containers have one. Where /run is noexec, runsc cannot make a part of that read-only.
      mount(rootfs, () -> Mounts.memoryVolume(rootfs, TMPFS_BYTES, 0755));
      Files.createDirectory(rootfs.resolve("proc"));
      Files.createDirectory(rootfs.resolve("dev"));
      Files.createDirectory(rootfs.resolve("sys"));
      List<Mount> mounts = hostMounts(rootfs);
      if (trial.recursion()) {
        mounts.add(bundle.tree(rootfs));
      }
      RuntimeSpec spec = spec(cgroupsPath, mounts, trial.recursion() ? WRITE : DO_NOTHING);
      if (trial.userNamespace()) {
        spec = bundle.inUserNamespace(spec);
      }
      Files.write(
          bundle.dir.resolve("config.json"),
          OciJson.toJson(JoinedUserNamespace.apply(spec, flavor)));
      return bundle;
    } catch (IOException e) {
      bundle.close();
      throw e;
    }
  }

  /** Removes what trials have left that were cut short. */
  static void removeOld(Path parent) throws IOException {
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> old = Files.newDirectoryStream(parent, PREFIX + "*")) {
        for (Path dir : old) {
          ProbeNamespaces.unpin(dir);
          remove(dir);
        }
      }
    }
  }

  private RuntimeSpec inUserNamespace(RuntimeSpec spec) throws IOException {
    namespaces = ProbeNamespaces.pin(dir);
    List<Mount> mounts = new ArrayList<>(spec.mounts());
    mounts.add(new Mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")));
    return spec.toBuilder()
        .hostname(null)
        .mounts(mounts)
        .linux(namespaces.join(Objects.requireNonNull(spec.linux())))
        .build();
  }

  Path dir() {
    return dir;
  }

  /** A directory with a file system mounted below, for the container to be read-only throughout. */
  private Mount tree(Path rootfs) throws IOException {
    Path tree = Files.createDirectory(dir.resolve(TREE));
    Path below = Files.createDirectory(tree.resolve("below"));
    Files.createDirectory(rootfs.resolve(TREE));
    mount(below, () -> Mounts.tmpfs(below, TMPFS_BYTES, 0755));
    return new Mount("/" + TREE, "bind", tree.toString(), List.of("rbind", "rro"));
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void mount(Path target, Step step) throws IOException {
    BlockingCalls.run(
        "mount " + target,
        DEADLINE,
        () -> {
          step.run();
          return true;
        });
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

  private static RuntimeSpec spec(String cgroupsPath, List<Mount> mounts, List<String> args) {
    Capabilities none = new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
    Process process =
        new Process(
            false,
            null,
            User.ROOT,
            args,
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
    if (namespaces != null) {
      namespaces.close();
    }
    remove(dir);
  }

  private static void remove(Path dir) throws IOException {
    BlockingCalls.run(
        "remove " + dir,
        DEADLINE,
        () -> {
          Mounts.unmountUnder(dir);
          DeleteTree.delete(dir);
          return true;
        });
  }
}
