package dev.gantry.image.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * containerd's {@code certs.d}: one directory per registry with a {@code hosts.toml} of mirrors, or
 * with Docker's {@code *.crt}, {@code *.cert} and {@code *.key} files. It is read anew for each
 * pull, so that a change needs no restart.
 *
 * @see <a href="https://github.com/containerd/containerd/blob/main/docs/hosts.md">hosts.md</a>
 */
public final class HostsDirectory {
  private final List<Path> roots;

  /**
   * @param roots tried in order, the first with a directory for the registry wins
   */
  public HostsDirectory(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  /**
   * Where to ask for images of {@code registry}, in order; the registry itself is last.
   *
   * @throws IOException naming the file that does not parse
   */
  public List<RegistryHost> hosts(String registry) throws IOException {
    Path directory = directory(registry);
    if (directory == null) {
      return List.of(RegistryHost.direct(registry));
    }
    Path file = directory.resolve("hosts.toml");
    if (Files.exists(file)) {
      return HostsToml.read(file, registry);
    }
    RegistryHost direct = RegistryHost.direct(registry);
    return List.of(
        new RegistryHost(
            direct.base(),
            direct.capabilities(),
            dockerStyle(directory),
            Map.of(),
            "",
            direct.eitherScheme(),
            direct.connectTimeout()));
  }

  private @Nullable Path directory(String registry) {
    int colon = registry.lastIndexOf(':');
    boolean port = colon > 0 && !registry.endsWith("]");
    for (Path root : roots) {
      var names = new ArrayList<String>();
      if (port) {
        names.add(registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_");
      }
      names.add(registry);
      names.add("_default");
      for (String name : names) {
        Path candidate = root.resolve(name);
        if (Files.isDirectory(candidate)) {
          return candidate;
        }
      }
    }
    return null;
  }

  private static Tls dockerStyle(Path directory) throws IOException {
    var authorities = new ArrayList<Path>();
    var clients = new ArrayList<Tls.Client>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
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
