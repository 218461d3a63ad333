package dev.gantry.image.registry;

import dev.gantry.image.http.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code certs.d}: one directory per registry with containerd's {@code hosts.toml} of mirrors, or
 * with {@code *.crt}, {@code *.cert} and {@code *.key} files as Docker and the containers tools
 * know them. It is read anew for each pull, so that a change needs no restart.
 *
 * @see <a href="https://github.com/containerd/containerd/blob/main/docs/hosts.md">hosts.md</a>
 * @see <a
 *     href="https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md">containers-certs.d(5)</a>
 */
public final class HostsDirectory {
  private static final int MOST_FILES = 256;

  private final List<Path> roots;

  /**
   * @param roots tried in order, the first with a directory for the registry wins; {@code _default}
   *     counts only when no root has one
   */
  public HostsDirectory(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  List<Path> roots() {
    return roots;
  }

  /**
   * Where to ask for images of {@code registry}, in order; the registry itself is last.
   *
   * @throws IOException naming the file that does not parse
   */
  public List<RegistryHost> hosts(String registry) throws IOException {
    List<RegistryHost> own = own(registry);
    if (own != null) {
      return own;
    }
    Path file = file(List.of("_default"));
    return file == null ? List.of(direct(registry)) : HostsToml.read(file, registry);
  }

  /** The same from a hosts.toml of the registry's own, or null when there is none. */
  @Nullable List<RegistryHost> own(String registry) throws IOException {
    Path file = file(names(registry));
    return file == null ? null : HostsToml.read(file, registry);
  }

  /** The registry with no mirror, with the certificates that lie in a directory of its name. */
  RegistryHost direct(String registry) throws IOException {
    RegistryHost direct = RegistryHost.direct(registry);
    Path directory = directory(names(registry));
    return directory == null ? direct : direct.withTls(certificates(directory));
  }

  private @Nullable Path file(List<String> names) {
    Path directory = directory(names);
    Path file = directory == null ? null : directory.resolve("hosts.toml");
    return file != null && Files.exists(file) ? file : null;
  }

  private @Nullable Path directory(List<String> names) {
    for (Path root : roots) {
      for (String name : names) {
        Path candidate = root.resolve(name);
        if (Files.isDirectory(candidate)) {
          return candidate;
        }
      }
    }
    return null;
  }

  /** A colon may stand in a directory's name or be written as containerd does elsewhere. */
  private static List<String> names(String registry) {
    int colon = registry.lastIndexOf(':');
    boolean port = colon > 0 && !registry.endsWith("]");
    return port
        ? List.of(
            registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_", registry)
        : List.of(registry);
  }

  private static Tls certificates(Path directory) throws IOException {
    var authorities = new ArrayList<Path>();
    var clients = new ArrayList<Tls.Client>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.limit(MOST_FILES).sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.add(file);
        } else if (name.endsWith(".cert")) {
          Path key = directory.resolve(name.substring(0, name.length() - 5) + ".key");
          clients.add(new Tls.Client(file, Files.exists(key) ? key : null));
        }
      }
    }
    return authorities.isEmpty() && clients.isEmpty()
        ? Tls.SYSTEM
        : new Tls(List.copyOf(authorities), List.copyOf(clients), false);
  }
}
