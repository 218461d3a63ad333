package dev.gantry.daemon.pod;

import dev.gantry.linux.namespace.NamespaceType;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Where a sandbox's things are below the state directory; every name derives from the pod's id.
 *
 * @param dir {@code <state>/pods/<id>}
 */
public record SandboxPaths(Path dir) {
  /** The file on which a namespace is pinned. */
  public Path pin(NamespaceType type) {
    return dir.resolve("ns").resolve(type.name().toLowerCase(Locale.ROOT));
  }

  /** The bundle of the pod's sandbox, where its handler has such. */
  public Path guest() {
    return dir.resolve("guest");
  }

  /** The pod's {@code /dev/shm}, a tmpfs. */
  public Path shm() {
    return dir.resolve("shm");
  }

  /** The pod's {@code /etc/resolv.conf}. */
  public Path resolvConf() {
    return dir.resolve("resolv.conf");
  }

  /** The pod's {@code /etc/hostname}. */
  public Path hostname() {
    return dir.resolve("hostname");
  }

  /** The pod's {@code /etc/hosts}. */
  public Path hosts() {
    return dir.resolve("hosts");
  }
}
