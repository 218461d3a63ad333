package dev.gantry.daemon.pod;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.AnnotationNames;
import dev.gantry.daemon.spec.Quantity;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.namespace.IdMappings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The files that every container of a pod sees: resolv.conf, hostname, hosts and /dev/shm. */
public final class SandboxFiles {
  private static final long SHM_BYTES = 64L << 20;
  private static final int SHM_MODE = 01777;
  private static final Path HOST_RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final Path HOST_HOSTS = Path.of("/etc/hosts");

  /** What the kernel has: many systems come without an {@code /etc/hostname}. */
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  /** CRI-O's annotation, for pods that come from there. */
  private static final String SHM_SIZE = "io.kubernetes.cri-o.ShmSize";

  private final DaemonConfig config;

  public SandboxFiles(DaemonConfig config) {
    this.config = config;
  }

  /**
   * Makes the directory that holds everything of the sandbox but its record; passable, because a
   * process of a user namespace must get at the files in it.
   */
  public void makeDirectory(SandboxPaths paths) throws IOException {
    Files.createDirectory(
        paths.dir(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
  }

  /**
   * Writes the files, mounts /dev/shm and makes the log directory where it is missing.
   *
   * @param handler which decides whether an annotation may size /dev/shm
   */
  public void make(SandboxPaths paths, SandboxOptions options, String handler)
      throws IOException, CallFailure {
    long shmBytes = shmBytes(options, config.handler(handler).allowedAnnotations());
    if (!options.config().getLogDirectory().isEmpty()) {
      Files.createDirectories(Path.of(options.config().getLogDirectory()));
    }
    write(paths.resolvConf(), options, resolvConf(options.config().getDnsConfig()));
    if (options.hostNetwork()) {
      writeNodes(paths, options);
    } else {
      write(paths.hostname(), options, options.hostname() + "\n");
      writeHosts(paths, options, List.of());
    }
    if (!options.hostIpc()) {
      Files.createDirectory(paths.shm());
      Mounts.tmpfs(paths.shm(), shmBytes, SHM_MODE);
      own(paths.shm(), options);
    }
  }

  private static void writeNodes(SandboxPaths paths, SandboxOptions options) throws IOException {
    write(paths.hostname(), options, ofNode(HOST_NAME));
    write(paths.hosts(), options, ofNode(HOST_HOSTS));
  }

  /** Writes what an earlier daemon has not written for a pod: its containers had the node's own. */
  public void complete(SandboxPaths paths, SandboxOptions options) throws IOException {
    if (options.hostNetwork() && !Files.exists(paths.hosts())) {
      writeNodes(paths, options);
    }
  }

  private static long shmBytes(SandboxOptions options, List<String> allowed) throws CallFailure {
    String asked = options.config().getAnnotationsMap().getOrDefault(SHM_SIZE, "");
    if (asked.isEmpty() || !AnnotationNames.allowed(SHM_SIZE, allowed)) {
      return SHM_BYTES;
    }
    long bytes = Quantity.parse(asked).orElse(0);
    if (bytes == 0) {
      throw CallFailure.invalid("annotation " + SHM_SIZE + ": " + asked + " is no size, as 64Mi");
    }
    return bytes;
  }

  /** Writes /etc/hosts anew, now that the pod has addresses of its own. */
  public void writeHosts(SandboxPaths paths, SandboxOptions options, List<String> ips)
      throws IOException {
    if (options.hostNetwork()) {
      return;
    }
    var hosts = new StringBuilder();
    hosts.append("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    hosts.append("fe00::0\tip6-localnet\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    for (String ip : ips) {
      hosts.append(ip).append('\t').append(options.hostname()).append('\n');
    }
    write(paths.hosts(), options, hosts.toString());
  }

  /** Unmounts /dev/shm; the files go with their directory. */
  public void undo(SandboxPaths paths) throws IOException {
    Mounts.unmount(paths.shm());
  }

  /** The text of resolv.conf(5): what the pod asks for, else the node's own. */
  static String resolvConf(DNSConfig dns) throws IOException {
    if (dns.getServersCount() + dns.getSearchesCount() + dns.getOptionsCount() == 0) {
      return ofNode(HOST_RESOLV_CONF);
    }
    var text = new StringBuilder();
    if (dns.getSearchesCount() > 0) {
      text.append("search ").append(String.join(" ", dns.getSearchesList())).append('\n');
    }
    dns.getServersList().forEach(s -> text.append("nameserver ").append(s).append('\n'));
    if (dns.getOptionsCount() > 0) {
      text.append("options ").append(String.join(" ", dns.getOptionsList())).append('\n');
    }
    return text.toString();
  }

  private static String ofNode(Path file) throws IOException {
    // Not readString, which refuses comments in another character set.
    return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
  }

  private static void write(Path file, SandboxOptions options, String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    own(file, options);
  }

  /** Gives a file of the pod to the pod's root. */
  private static void own(Path file, SandboxOptions options) throws IOException {
    IdMappings ids = options.ids();
    if (ids != null) {
      At.chown(At.CWD, file.toString(), (int) ids.hostUser(0), (int) ids.hostGroup(0));
    }
  }
}
