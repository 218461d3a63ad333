package dev.gantry.image.registry;

import dev.gantry.image.http.Tls;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.image.registry.RegistryHost.Schemes;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One {@code hosts.toml}: the {@code [host."…"]} tables in the order of the file, then the server.
 */
final class HostsToml {
  private static final Pattern DURATION_PART = Pattern.compile("(\\d{1,9}(?:\\.\\d+)?)(ms|h|m|s)");

  private final TomlFile file;
  private final String registry;

  private HostsToml(TomlFile file, String registry) {
    this.file = file;
    this.registry = registry;
  }

  /**
   * @throws IOException naming the file and the line
   */
  static List<RegistryHost> read(Path path, String registry) throws IOException {
    TomlFile file = TomlFile.read(path);
    return new HostsToml(file, registry).hosts(file.root());
  }

  private List<RegistryHost> hosts(TomlTable root) throws IOException {
    var hosts = new ArrayList<RegistryHost>();
    TomlTable tables = file.table(root, "host");
    if (tables != null) {
      for (String name : inFileOrder(tables)) {
        TomlTable table = file.table(tables, name);
        if (table != null) {
          hosts.add(host(name, table, tables, true));
        }
      }
    }
    RegistryHost last = server(root);
    // A mirror that is also the server would only be asked twice.
    var left = new HashSet<>(last.capabilities());
    hosts.stream()
        .filter(h -> h.base().equals(last.base()))
        .forEach(h -> left.removeAll(h.capabilities()));
    if (!left.isEmpty()) {
      hosts.add(last.withCapabilities(left));
    }
    return hosts;
  }

  private RegistryHost server(TomlTable root) throws IOException {
    String server = file.string(root, "server");
    if (!server.isEmpty()) {
      return host(server, root, root, false);
    }
    RegistryHost direct = RegistryHost.direct(registry);
    return new RegistryHost(
        direct.base(),
        "",
        capabilities(root),
        tls(root),
        headers(root),
        "",
        false,
        direct.schemes(),
        timeout(root));
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

  private RegistryHost host(String address, TomlTable table, TomlTable around, boolean mirror)
      throws IOException {
    URI uri;
    try {
      uri = new URI(address.contains("://") ? address : "https://" + address);
    } catch (URISyntaxException e) {
      throw file.bad(around, mirror ? address : "server", "'" + address + "' is not an address");
    }
    String scheme = uri.getScheme();
    if (uri.getHost() == null
        || uri.getUserInfo() != null
        || !(scheme.equals("http") || scheme.equals("https"))) {
      throw file.bad(
          around, mirror ? address : "server", "'" + address + "' is not a http or https address");
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
    if (!file.flag(table, "override_path") && !path.endsWith("/v2")) {
      path += "/v2";
    }
    String authority = uri.getRawAuthority();
    boolean itself =
        authority.equals(registry)
            || (registry.equals("docker.io") && authority.equals("registry-1.docker.io"));
    return new RegistryHost(
        URI.create(scheme + "://" + authority + path),
        "",
        capabilities(table),
        tls(table),
        headers(table),
        itself ? "" : registry,
        mirror && !itself,
        Schemes.FIXED,
        timeout(table));
  }

  private Set<Capability> capabilities(TomlTable table) throws IOException {
    var found = EnumSet.noneOf(Capability.class);
    List<String> names = file.strings(table, "capabilities");
    for (String name : names) {
      switch (name) {
        case "pull" -> found.add(Capability.PULL);
        case "resolve" -> found.add(Capability.RESOLVE);
        case "push" -> found.add(Capability.PUSH);
        case "referrers" -> {}
        default -> throw file.bad(table, "capabilities", "unknown capability '" + name + "'");
      }
    }
    return names.isEmpty() ? EnumSet.allOf(Capability.class) : found;
  }

  private Tls tls(TomlTable table) throws IOException {
    var authorities = new ArrayList<Path>();
    for (String name : file.strings(table, "ca")) {
      authorities.add(beside(name));
    }
    var clients = clients(table);
    boolean skip = file.flag(table, "skip_verify");
    return authorities.isEmpty() && clients.isEmpty() && !skip
        ? Tls.SYSTEM
        : new Tls(List.copyOf(authorities), List.copyOf(clients), skip);
  }

  private Path beside(String name) {
    return file.path().resolveSibling(name);
  }

  /** A file with both, a list of such files, or a list of [certificate, key] pairs. */
  private List<Tls.Client> clients(TomlTable table) throws IOException {
    var found = new ArrayList<Tls.Client>();
    switch (table.get("client")) {
      case null -> {}
      case String both -> found.add(new Tls.Client(beside(both), null));
      case TomlArray array -> {
        for (Object item : array.toList()) {
          Tls.Client client = client(item);
          if (client == null) {
            throw file.bad(table, "client", "'client' must list files or [certificate, key] pairs");
          }
          found.add(client);
        }
      }
      default -> throw file.bad(table, "client", "'client' must be a file name or a list");
    }
    return found;
  }

  private Tls.@Nullable Client client(Object item) {
    if (item instanceof String both) {
      return new Tls.Client(beside(both), null);
    }
    if (item instanceof TomlArray pair
        && (pair.size() == 1 || pair.size() == 2)
        && TomlFile.allStrings(pair)) {
      String key = pair.size() == 2 ? pair.getString(1) : "";
      return new Tls.Client(beside(pair.getString(0)), key.isEmpty() ? null : beside(key));
    }
    return null;
  }

  private Map<String, List<String>> headers(TomlTable table) throws IOException {
    TomlTable header = file.table(table, "header");
    if (header == null) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, List<String>>();
    for (String name : header.keySet()) {
      found.put(name, file.strings(header, name));
    }
    return found;
  }

  /** As Go writes durations: {@code 500ms}, {@code 3s}, {@code 1m30s}. */
  private Duration timeout(TomlTable table) throws IOException {
    String text = file.string(table, "dial_timeout");
    if (text.isEmpty()) {
      return RegistryHost.CONNECT_TIMEOUT;
    }
    double millis = 0;
    int at = 0;
    Matcher part = DURATION_PART.matcher(text);
    while (at < text.length() && part.find(at) && part.start() == at) {
      millis += Double.parseDouble(part.group(1)) * unit(part.group(2));
      at = part.end();
    }
    if (at < text.length() || millis < 1 || millis > 3_600_000) {
      throw file.bad(
          table,
          "dial_timeout",
          "dial_timeout '" + text + "' is not a duration between 1ms and 1h");
    }
    return Duration.ofMillis((long) millis);
  }

  private static int unit(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1000;
      case "m" -> 60_000;
      default -> 3_600_000;
    };
  }
}
