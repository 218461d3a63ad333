package dev.gantry.image.registry;

import dev.gantry.image.registry.RegistryHost.Capability;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One {@code hosts.toml}: the {@code [host."…"]} tables in the order of the file, then the server.
 */
final class HostsToml {
  private final Path file;
  private final String registry;

  private HostsToml(Path file, String registry) {
    this.file = file;
    this.registry = registry;
  }

  static List<RegistryHost> read(Path file, String registry) throws IOException {
    TomlParseResult toml = Toml.parse(file);
    if (toml.hasErrors()) {
      throw new IOException(file + ": " + toml.errors().getFirst());
    }
    try {
      return new HostsToml(file, registry).hosts(toml);
    } catch (org.tomlj.TomlInvalidTypeException | URISyntaxException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private List<RegistryHost> hosts(TomlParseResult toml) throws IOException, URISyntaxException {
    var hosts = new ArrayList<RegistryHost>();
    TomlTable tables = toml.getTable("host");
    if (tables != null) {
      for (String name : inFileOrder(tables)) {
        TomlTable table = tables.getTable(List.of(name));
        if (table == null) {
          throw new IOException(file + ": host '" + name + "' is not a table");
        }
        hosts.add(host(name, table));
      }
    }
    String server = toml.getString("server");
    RegistryHost direct = RegistryHost.direct(registry);
    if (server != null && !server.isEmpty()) {
      hosts.add(host(server, toml));
    } else {
      hosts.add(
          new RegistryHost(
              direct.base(),
              capabilities(toml),
              tls(toml),
              headers(toml),
              "",
              direct.eitherScheme(),
              timeout(toml)));
    }
    // A mirror that is also the server would only be asked twice.
    RegistryHost last = hosts.removeLast();
    var left = new HashSet<>(last.capabilities());
    hosts.stream()
        .filter(h -> h.base().equals(last.base()))
        .forEach(h -> left.removeAll(h.capabilities()));
    if (!left.isEmpty()) {
      hosts.add(last.withCapabilities(left));
    }
    return hosts;
  }

  private static List<String> inFileOrder(TomlTable tables) {
    var names = new ArrayList<>(tables.keySet());
    names.sort((a, b) -> {
      TomlPosition x = tables.inputPositionOf(List.of(a));
      TomlPosition y = tables.inputPositionOf(List.of(b));
      if (x == null || y == null) {
        return 0;
      }
      return x.line() != y.line() ? x.line() - y.line() : x.column() - y.column();
    });
    return names;
  }

  private RegistryHost host(String address, TomlTable table)
      throws IOException, URISyntaxException {
    String text = address.contains("://") ? address : "https://" + address;
    URI uri = new URI(text);
    String scheme = uri.getScheme();
    if (scheme == null
        || uri.getRawAuthority() == null
        || uri.getUserInfo() != null
        || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IOException(file + ": '" + address + "' is not a http or https address");
    }
    boolean override = Boolean.TRUE.equals(table.getBoolean("override_path"));
    String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
    if (!override && !path.endsWith("/v2")) {
      path += "/v2";
    }
    String authority = uri.getRawAuthority();
    boolean itself =
        authority.equals(registry)
            || (registry.equals("docker.io") && authority.equals("registry-1.docker.io"));
    return new RegistryHost(
        URI.create(scheme + "://" + authority + path),
        capabilities(table),
        tls(table),
        headers(table),
        itself ? "" : registry,
        false,
        timeout(table));
  }

  private Set<Capability> capabilities(TomlTable table) throws IOException {
    var found = EnumSet.noneOf(Capability.class);
    List<String> names = strings(table, "capabilities");
    for (String name : names) {
      switch (name) {
        case "pull" -> found.add(Capability.PULL);
        case "resolve" -> found.add(Capability.RESOLVE);
        case "push" -> found.add(Capability.PUSH);
        case "referrers" -> {}
        default -> throw new IOException(file + ": unknown capability '" + name + "'");
      }
    }
    return names.isEmpty() ? EnumSet.allOf(Capability.class) : found;
  }

  private Tls tls(TomlTable table) throws IOException {
    var authorities = new ArrayList<Path>();
    for (String name : strings(table, "ca")) {
      authorities.add(file.resolveSibling(name));
    }
    var clients = clients(table.get("client"));
    boolean skip = Boolean.TRUE.equals(table.getBoolean("skip_verify"));
    return authorities.isEmpty() && clients.isEmpty() && !skip
        ? Tls.SYSTEM
        : new Tls(List.copyOf(authorities), List.copyOf(clients), skip);
  }

  /** A file with both, a list of such files, or a list of [certificate, key] pairs. */
  private List<Tls.Client> clients(@Nullable Object value) throws IOException {
    var found = new ArrayList<Tls.Client>();
    if (value instanceof String both) {
      found.add(new Tls.Client(file.resolveSibling(both), null));
    } else if (value instanceof TomlArray array) {
      for (int i = 0; i < array.size(); i++) {
        Object item = array.get(i);
        if (item instanceof String both) {
          found.add(new Tls.Client(file.resolveSibling(both), null));
        } else if (item instanceof TomlArray pair
            && (pair.size() == 1 || pair.size() == 2)
            && allStrings(pair)) {
          String key = pair.size() == 2 ? pair.getString(1) : "";
          found.add(
              new Tls.Client(
                  file.resolveSibling(pair.getString(0)),
                  key.isEmpty() ? null : file.resolveSibling(key)));
        } else {
          throw new IOException(file + ": 'client' must list files or [certificate, key] pairs");
        }
      }
    } else if (value != null) {
      throw new IOException(file + ": 'client' must be a file name or a list");
    }
    return found;
  }

  private Map<String, List<String>> headers(TomlTable table) throws IOException {
    TomlTable header = table.getTable("header");
    if (header == null) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, List<String>>();
    for (String name : header.keySet()) {
      found.put(name, strings(header, name));
    }
    return found;
  }

  private Duration timeout(TomlTable table) throws IOException {
    String text = table.isString("dial_timeout") ? table.getString("dial_timeout") : null;
    if (text == null) {
      return RegistryHost.CONNECT_TIMEOUT;
    }
    try {
      // Go durations of one unit are ISO ones with other letters: 500ms, 3s, 2m.
      return text.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
          : Duration.parse("PT" + text);
    } catch (java.time.DateTimeException | NumberFormatException e) {
      throw new IOException(file + ": dial_timeout '" + text + "' is not a duration", e);
    }
  }

  private List<String> strings(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    if (value == null) {
      return List.of();
    }
    if (value instanceof String one) {
      return List.of(one);
    }
    if (value instanceof TomlArray array && allStrings(array)) {
      var all = new ArrayList<String>();
      for (int i = 0; i < array.size(); i++) {
        all.add(array.getString(i));
      }
      return all;
    }
    throw new IOException(file + ": '" + key + "' must be a string or a list of strings");
  }

  private static boolean allStrings(TomlArray array) {
    return array.toList().stream().allMatch(String.class::isInstance);
  }
}
