package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Xattr;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * SELinux contexts of containers, on hosts that have SELinux; on others a request that would be
 * confined by it is refused. The defaults are the host's own for containers ({@code lxc_contexts},
 * from the package container-selinux); a pod has a pair of categories of its own, so that no
 * container may touch another pod's files.
 */
final class Selinux {
  private static final Set<Path> NEVER =
      Stream.of(
              "/", "/boot", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/usr",
              "/var")
          .map(Path::of)
          .collect(Collectors.toUnmodifiableSet());

  /**
   * Types that confine nothing, so that every kernel has what they ask for: network agents and
   * storage drivers ask for the first on whatever node they run.
   */
  private static final Set<String> UNCONFINED = Set.of("spc_t", "unconfined_t");

  private static final int CATEGORIES = 1024;
  private static final String ATTRIBUTE = "security.selinux";

  private final Path kernel;
  private final Path policy;

  /**
   * For a host.
   *
   * @param kernel selinuxfs, which has files only where SELinux is on
   * @param policy the directory of the policies' configuration
   */
  Selinux(Path kernel, Path policy) {
    this.kernel = kernel;
    this.policy = policy;
  }

  /** For this host. */
  static Selinux ofHost() {
    return new Selinux(Path.of("/sys/fs/selinux"), Path.of("/etc/selinux"));
  }

  /**
   * Contexts.
   *
   * @param process of the container's processes
   * @param files of what they may write
   */
  record Labels(String process, String files) {}

  /**
   * The contexts of a container; null where there are none, as with a privileged one.
   *
   * @throws CallFailure when the request needs SELinux and the kernel has none, or its policy no
   *     such context
   */
  @Nullable Labels labels(String podId, ContainerOptions options) throws IOException, CallFailure {
    // An empty message asks for nothing, and does not hide the pod's.
    boolean byItself =
        !options.security().getSelinuxOptions().equals(SELinuxOption.getDefaultInstance());
    if (options.privileged() && !byItself) {
      return null;
    }
    SELinuxOption asked =
        byItself
            ? options.security().getSelinuxOptions()
            : options.pod().config().getLinux().getSecurityContext().getSelinuxOptions();
    if (!Files.exists(kernel.resolve("enforce"))) {
      refuseWhatNeedsIt(asked);
      return null;
    }
    Map<String, String> defaults = defaults();
    String level = asked.getLevel().isEmpty() ? level(podId) : asked.getLevel();
    String[] process = context(defaults, "process");
    String[] files = context(defaults, "file");
    return new Labels(
        known(
            String.join(
                ":",
                or(asked.getUser(), process[0]),
                or(asked.getRole(), process[1]),
                or(asked.getType(), process[2]),
                level)),
        known(String.join(":", files[0], files[1], files[2], level)));
  }

  /**
   * Asks the kernel for the context, which takes those that its policy knows: there are policies
   * whose {@code lxc_contexts} name types that only another package brings, as Debian's.
   */
  private String known(String context) throws CallFailure {
    try {
      Files.writeString(kernel.resolve("context"), context, StandardOpenOption.WRITE);
      return context;
    } catch (IOException e) {
      throw new CallFailure(
          Status.Code.FAILED_PRECONDITION,
          "linux.security_context.selinux_options: the policy of this node has no context "
              + context
              + "; ask for one that it has, or install one for containers (the package"
              + " container-selinux)",
          e);
    }
  }

  private static void refuseWhatNeedsIt(SELinuxOption asked) throws CallFailure {
    String context =
        Stream.of(asked.getUser(), asked.getRole(), asked.getType(), asked.getLevel())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(":"));
    if (!context.isEmpty() && !UNCONFINED.contains(asked.getType())) {
      throw CallFailure.precondition(
          "linux.security_context.selinux_options: "
              + context
              + ", but this kernel has no SELinux to confine the container; drop seLinuxOptions or"
              + " run the pod on a node that has it");
    }
  }

  private static String or(String asked, String otherwise) {
    return asked.isEmpty() ? otherwise : asked;
  }

  /** Lines of {@code name = "value"}. */
  private Map<String, String> defaults() throws IOException, CallFailure {
    Path file = policy.resolve(type()).resolve("contexts").resolve("lxc_contexts");
    if (!Files.exists(file)) {
      throw CallFailure.precondition(
          "SELinux is on, but " + file + " is missing: install the package container-selinux");
    }
    return assignments(file);
  }

  private String type() throws IOException {
    Path config = policy.resolve("config");
    String type = Files.exists(config) ? assignments(config).get("SELINUXTYPE") : null;
    return type == null ? "targeted" : type;
  }

  private static Map<String, String> assignments(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split("=", 2))
          .filter(pair -> pair.length == 2 && !pair[0].strip().startsWith("#"))
          .collect(
              Collectors.toMap(
                  pair -> pair[0].strip(),
                  pair -> pair[1].strip().replace("\"", ""),
                  (first, second) -> second));
    }
  }

  private static String[] context(Map<String, String> defaults, String name) throws CallFailure {
    String[] parts = defaults.getOrDefault(name, "").split(":", 4);
    if (parts.length < 3) {
      throw CallFailure.precondition("lxc_contexts of SELinux has no context " + name);
    }
    return parts;
  }

  /** Two of 1024 categories, the lower first, as the pod's id has it. */
  private static String level(String podId) {
    int hash = podId.hashCode();
    int one = Math.floorMod(hash, CATEGORIES);
    int other = Math.floorMod(hash >>> 10, CATEGORIES - 1);
    if (other >= one) {
      other++;
    }
    return "s0:c" + Math.min(one, other) + ",c" + Math.max(one, other);
  }

  /** The specification with the contexts. */
  static RuntimeSpec apply(RuntimeSpec spec, @Nullable Labels labels) {
    Process process = spec.process();
    Linux linux = spec.linux();
    if (labels == null || process == null || linux == null) {
      return spec;
    }
    return spec.toBuilder()
        .process(process.toBuilder().selinuxLabel(labels.process()).build())
        .linux(linux.toBuilder().mountLabel(labels.files()).build())
        .build();
  }

  /**
   * Gives volumes' files the container's context where the request says so. Those that have it
   * already are left alone, so that a retry goes on where a call that was too late has come to.
   *
   * @throws CallFailure for a directory that belongs to the system
   */
  static void relabel(List<Mount> mounts, Labels labels) throws IOException, CallFailure {
    for (Mount mount : mounts) {
      if (mount.getSelinuxRelabel() && !mount.hasImage()) {
        relabel(mount, labels);
      }
    }
  }

  private static void relabel(Mount mount, Labels labels) throws IOException, CallFailure {
    Path source = Path.of(mount.getHostPath()).toRealPath();
    if (NEVER.contains(source)) {
      throw CallFailure.invalid(
          "mounts["
              + mount.getContainerPath()
              + "].selinux_relabel: "
              + source
              + " is the system's");
    }
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes stat)
              throws IOException {
            label(dir, labels.files());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes stat) throws IOException {
            label(file, labels.files());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // it vanished meanwhile
            }
            throw e;
          }
        });
  }

  /**
   * Sets the context of one file, of a link itself; one that is gone needs none. Where the file
   * system keeps none (NFS and the like) its files have the one of the mount, which is for the
   * node's administrator to choose.
   */
  static void label(Path file, String label) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path name = file.getFileName();
    if (parent == null || name == null) {
      return;
    }
    byte[] value = (label + "\0").getBytes(StandardCharsets.UTF_8);
    try (Fd dir = At.open(At.CWD, parent.toString(), OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      Optional<byte[]> before = Xattr.get(dir, name.toString(), ATTRIBUTE);
      if (before.isEmpty() || !Arrays.equals(before.get(), value)) {
        Xattr.set(dir, name.toString(), ATTRIBUTE, value);
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }
}
