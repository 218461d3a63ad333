package dev.gantry.image.registry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlTable;

/** One file of {@link RegistriesConf}, and what several say together. */
final class RegistriesToml {
  private static final Set<String> MODES = Set.of("enforcing", "permissive", "disabled");

  private final TomlFile file;

  private RegistriesToml(TomlFile file) {
    this.file = file;
  }

  /**
   * @param registries by prefix
   * @param searched unqualified-search-registries, null when no file gives them
   * @param shortNameMode null when no file gives it
   * @param aliases of short names; an empty value takes an alias away
   * @param credentialHelpers null when no file gives them
   */
  record Content(
      Map<String, RegistryTable> registries,
      @Nullable List<String> searched,
      @Nullable String shortNameMode,
      Map<String, String> aliases,
      @Nullable List<String> credentialHelpers) {
    static final Content EMPTY = new Content(Map.of(), null, null, Map.of(), null);

    Content with(Content later) {
      var allRegistries = new LinkedHashMap<>(registries);
      allRegistries.putAll(later.registries);
      var allAliases = new LinkedHashMap<>(aliases);
      allAliases.putAll(later.aliases);
      return new Content(
          allRegistries,
          later.searched == null ? searched : later.searched,
          later.shortNameMode == null ? shortNameMode : later.shortNameMode,
          allAliases,
          later.credentialHelpers == null ? credentialHelpers : later.credentialHelpers);
    }

    /**
     * The table with the longest prefix of an image's name, or null.
     *
     * @param name {@code host/repository[:tag][@digest]}
     */
    @Nullable RegistryTable find(String name) {
      RegistryTable best = null;
      for (RegistryTable table : registries.values()) {
        if (table.matched(name) >= 0
            && (best == null || table.prefix().length() > best.prefix().length())) {
          best = table;
        }
      }
      return best;
    }
  }

  /**
   * @throws IOException naming the file and the line
   */
  static Content read(Path path) throws IOException {
    return new RegistriesToml(TomlFile.read(path)).content();
  }

  private Content content() throws IOException {
    TomlTable root = file.root();
    if (root.get(List.of("registries")) != null) {
      throw file.bad(
          root,
          "registries",
          "this is version 1 of the format ([registries.search], [registries.insecure],"
              + " [registries.block]), which is not supported; write [[registry]] tables instead");
    }
    var registries = new LinkedHashMap<String, RegistryTable>();
    for (TomlTable table : file.tables(root, "registry")) {
      RegistryTable registry = registry(table);
      registries.putIfAbsent(registry.prefix(), registry);
    }
    agree(registries.values());
    String mode = file.string(root, "short-name-mode");
    if (!mode.isEmpty() && !MODES.contains(mode)) {
      throw file.bad(root, "short-name-mode", "short-name-mode '" + mode + "' is none of " + MODES);
    }
    return new Content(
        registries,
        root.contains(List.of("unqualified-search-registries")) ? searched(root) : null,
        mode.isEmpty() ? null : mode,
        aliases(root),
        root.contains(List.of("credential-helpers"))
            ? file.strings(root, "credential-helpers")
            : null);
  }

  private List<String> searched(TomlTable root) throws IOException {
    var found = new ArrayList<String>();
    for (String name : file.strings(root, "unqualified-search-registries")) {
      String host = name.replaceAll("/+$", "");
      if (host.isEmpty() || host.contains("/") || host.contains("*")) {
        throw file.bad(
            root,
            "unqualified-search-registries",
            "'" + name + "' in unqualified-search-registries is not host[:port]");
      }
      found.add(host);
    }
    return found;
  }

  private RegistryTable registry(TomlTable table) throws IOException {
    String location = place(table, "location");
    String prefix = place(table, "prefix");
    if (prefix.isEmpty() && location.isEmpty()) {
      throw file.bad(table, null, "[[registry]] has neither prefix nor location");
    }
    prefix = prefix.isEmpty() ? location : prefix;
    boolean wild = prefix.startsWith("*.");
    if (prefix.indexOf('*', wild ? 1 : 0) >= 0
        || (wild && (prefix.matches(".*[/@:].*") || prefix.length() < 3))) {
      throw file.bad(
          table, "prefix", "prefix '" + prefix + "': the only wildcard is *.example.com");
    }
    if (location.isEmpty() && !wild) {
      throw file.bad(table, "prefix", "[[registry]] " + prefix + " has no location");
    }
    if (table.contains(List.of("pull-from-mirror"))) {
      throw file.bad(
          table, "pull-from-mirror", "pull-from-mirror belongs into [[registry.mirror]]");
    }
    boolean digestOnly = file.flag(table, "mirror-by-digest-only");
    var mirrors = new ArrayList<RegistryTable.Mirror>();
    for (TomlTable mirror : file.tables(table, "mirror")) {
      mirrors.add(mirror(mirror, digestOnly));
    }
    return new RegistryTable(
        prefix,
        location,
        file.flag(table, "insecure"),
        file.flag(table, "blocked"),
        List.copyOf(mirrors),
        file.path());
  }

  private RegistryTable.Mirror mirror(TomlTable table, boolean digestOnly) throws IOException {
    String location = place(table, "location");
    if (location.isEmpty()) {
      throw file.bad(table, null, "[[registry.mirror]] has no location");
    }
    String use = file.string(table, "pull-from-mirror");
    if (digestOnly && !use.isEmpty()) {
      throw file.bad(
          table,
          "pull-from-mirror",
          "pull-from-mirror and the registry's mirror-by-digest-only exclude each other");
    }
    RegistryTable.Use when =
        switch (use) {
          case "", "all" -> digestOnly ? RegistryTable.Use.DIGEST_ONLY : RegistryTable.Use.ALL;
          case "digest-only" -> RegistryTable.Use.DIGEST_ONLY;
          case "tag-only" -> RegistryTable.Use.TAG_ONLY;
          default ->
              throw file.bad(
                  table,
                  "pull-from-mirror",
                  "pull-from-mirror '" + use + "' is none of all, digest-only, tag-only");
        };
    return new RegistryTable.Mirror(location, file.flag(table, "insecure"), when);
  }

  private String place(TomlTable table, String key) throws IOException {
    String text = file.string(table, key).replaceAll("/+$", "");
    if (text.contains("://")) {
      throw file.bad(table, key, "'" + key + "' must not begin with http:// or https://");
    }
    if (text.startsWith("/") || text.chars().anyMatch(c -> c <= ' ' || c == '?' || c == '#')) {
      throw file.bad(table, key, "'" + key + "' must be host[:port][/path]");
    }
    return text;
  }

  /** One place that is secure in one table and insecure in another is a mistake. */
  private void agree(Iterable<RegistryTable> tables) throws IOException {
    var seen = new LinkedHashMap<String, RegistryTable>();
    for (RegistryTable table : tables) {
      RegistryTable other = table.location().isEmpty() ? null : seen.get(table.location());
      if (other != null
          && (other.insecure() != table.insecure() || other.blocked() != table.blocked())) {
        throw new IOException(
            file.path()
                + ": location '"
                + table.location()
                + "' stands in two [[registry]] tables that differ in insecure or blocked");
      }
      seen.put(table.location(), table);
    }
  }

  private Map<String, String> aliases(TomlTable root) throws IOException {
    TomlTable table = file.table(root, "aliases");
    if (table == null) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, String>();
    var seen = new HashSet<String>();
    for (String name : table.keySet()) {
      String value = file.string(table, name);
      if (!ShortNames.isShort(name) || name.matches(".*[:@].*") || !seen.add(name)) {
        throw file.bad(table, name, "alias '" + name + "' is not a short name without tag");
      }
      if (!value.isEmpty() && !ShortNames.isFull(value)) {
        throw file.bad(
            table,
            name,
            "alias '"
                + name
                + "' stands for '"
                + value
                + "', which is no name with a registry and"
                + " without tag or digest");
      }
      found.put(name, value);
    }
    return found;
  }
}
