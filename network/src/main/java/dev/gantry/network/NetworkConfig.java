package dev.gantry.network;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A CNI network configuration list (spec section 1) with every key of its text.
 *
 * @param raw the list as it was read, or wrapped around a single plug-in's configuration
 */
record NetworkConfig(
    String name,
    CniVersion version,
    boolean disableCheck,
    boolean disableGc,
    List<Plugin> plugins,
    Json.Obj raw) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

  /** A configuration that breaks the specification; the message says how. */
  static final class InvalidException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidException(String message) {
      super(message);
    }
  }

  /**
   * One plug-in of the list.
   *
   * @param capabilities those that it declares as true: what runtimeConfig may tell it
   */
  record Plugin(String type, Set<String> capabilities, Json.Obj raw) {}

  /** Reads a {@code .conflist}. */
  static NetworkConfig ofList(Json.Obj raw) throws InvalidException {
    String name = name(raw);
    List<Json> entries = raw.list("plugins");
    if (entries.isEmpty()) {
      throw new InvalidException("it has no \"plugins\", or the list is empty");
    }
    List<Plugin> plugins = new ArrayList<>();
    for (Json entry : entries) {
      plugins.add(plugin(entry, "its plug-in number " + (plugins.size() + 1)));
    }
    return new NetworkConfig(
        name,
        version(raw),
        isTrue(raw, "disableCheck"),
        isTrue(raw, "disableGC"),
        List.copyOf(plugins),
        raw);
  }

  /** Reads a {@code .conf} or {@code .json}, which holds one plug-in, and makes a list of it. */
  static NetworkConfig ofSingle(Json.Obj raw) throws InvalidException {
    if (raw.string("type").isEmpty()) {
      throw new InvalidException(
          raw.get("plugins").isPresent()
              ? "it is a list of plug-ins: give it the extension .conflist"
              : "it has no \"type\"");
    }
    Json.Obj list = Json.Obj.EMPTY;
    for (String key : List.of("name", "cniVersion")) {
      Optional<Json> value = raw.get(key);
      if (value.isPresent()) {
        list = list.with(key, value.get());
      }
    }
    return ofList(list.with("plugins", new Json.Arr(List.of(raw))));
  }

  /**
   * The directory beside a {@code .conflist} whose files are further plug-ins of it (libcni,
   * NetworkPluginConfsFromFiles); empty when the list wants none but its own.
   */
  static Optional<String> pluginDirectory(Json.Obj raw) throws InvalidException {
    String name = name(raw);
    return isTrue(raw, "loadOnlyInlinedPlugins") ? Optional.empty() : Optional.of(name);
  }

  private static String name(Json.Obj raw) throws InvalidException {
    String name = raw.string("name").orElse("");
    if (!NAME.matcher(name).matches()) {
      throw new InvalidException(
          name.isEmpty()
              ? "it has no \"name\""
              : "its name \"" + name + "\" is not made of letters, digits, '_', '.' and '-'");
    }
    return name;
  }

  /** A boolean, which may be written as a string, too (libcni, readBool). */
  private static boolean isTrue(Json.Obj raw, String key) throws InvalidException {
    Optional<Json> value = raw.get(key);
    if (value.isEmpty()) {
      return false;
    }
    if (value.get() instanceof Json.Bool(boolean is)) {
      return is;
    }
    if (value.get() instanceof Json.Str(String text)) {
      if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
        return text.equalsIgnoreCase("true");
      }
    }
    throw new InvalidException(
        "its \"" + key + "\" is " + JsonText.string(value.get()) + ", neither true nor false");
  }

  /**
   * Reads one plug-in.
   *
   * @param which names it in a complaint
   */
  static Plugin plugin(Json entry, String which) throws InvalidException {
    if (!(entry instanceof Json.Obj object)) {
      throw new InvalidException(which + " is not an object");
    }
    String type = object.string("type").orElse("");
    if (type.isEmpty()) {
      throw new InvalidException(which + " has no \"type\"");
    }
    // The type becomes a file name below the plug-in directories.
    if (type.indexOf('/') >= 0
        || type.indexOf('\0') >= 0
        || type.equals(".")
        || type.equals("..")) {
      throw new InvalidException("its plug-in type \"" + type + "\" is no file name");
    }
    Set<String> capabilities = new LinkedHashSet<>();
    for (Map.Entry<String, Json> capability :
        object.object("capabilities").orElse(Json.Obj.EMPTY).members().entrySet()) {
      if (capability.getValue() instanceof Json.Bool(boolean declared) && declared) {
        capabilities.add(capability.getKey());
      }
    }
    return new Plugin(type, capabilities, object);
  }

  /** The newest version that the list offers and we know; without any it is 0.1.0, as in libcni. */
  private static CniVersion version(Json.Obj raw) throws InvalidException {
    String single = raw.string("cniVersion").orElse("");
    List<String> offered = new ArrayList<>(raw.strings("cniVersions"));
    if (!single.isEmpty()) {
      offered.add(single);
    }
    if (offered.isEmpty()) {
      return CniVersion.V0_1_0;
    }
    return offered.stream()
        .flatMap(text -> CniVersion.of(text).stream())
        .max(CniVersion::compareTo)
        .orElseThrow(() ->
            new InvalidException(
                "its cniVersion "
                    + String.join(", ", offered)
                    + " is none of "
                    + CniVersion.known()));
  }

  /** Whether any plug-in of the list wants to be told of this. */
  boolean declares(String capability) {
    return plugins.stream().anyMatch(plugin -> plugin.capabilities().contains(capability));
  }
}
