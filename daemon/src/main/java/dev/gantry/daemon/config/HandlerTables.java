package dev.gantry.daemon.config;

import dev.gantry.daemon.config.DaemonConfig.HandlerConfig;
import dev.gantry.daemon.spec.AnnotationNames;
import dev.gantry.daemon.spec.BaseSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The {@code [runtimes.<handler>]} tables, checked. */
final class HandlerTables {
  private static final String PREFIX = "runtimes.";
  private static final Pattern HANDLER = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  /** Options that would take a runtime away from where Gantry looks for its containers. */
  private static final Set<String> OURS =
      Set.of("root", "log", "log-format", "systemd-cgroup", "cgroup-manager");

  private final ConfigValues values;

  HandlerTables(ConfigValues values) {
    this.values = values;
  }

  /** The handlers by name, in the order of their tables; crun and runc when there is none. */
  Map<String, HandlerConfig> read() throws ConfigException {
    var handlers = new LinkedHashMap<String, HandlerConfig>();
    for (String name : names()) {
      handlers.put(name, handler(name));
    }
    if (handlers.isEmpty()) {
      for (String name : List.of("crun", "runc")) {
        handlers.put(name, HandlerConfig.named(name));
      }
    }
    String chosen = values.string(ConfigKeys.DEFAULT_RUNTIME);
    if (!chosen.equals(DaemonConfig.AUTO) && !handlers.containsKey(chosen)) {
      throw values.bad(
          ConfigKeys.DEFAULT_RUNTIME.name(),
          chosen + " is described by no [runtimes] table: " + handlers.keySet());
    }
    return Collections.unmodifiableMap(handlers);
  }

  private List<String> names() throws ConfigException {
    var names = new ArrayList<String>();
    for (String key : values.names()) {
      if (key.startsWith(PREFIX)) {
        String name = key.substring(PREFIX.length(), key.lastIndexOf('.'));
        if (!HANDLER.matcher(name).matches()) {
          throw new ConfigException(
              values.where(key) + "[runtimes." + name + "]: a handler is a DNS label");
        }
        if (!names.contains(name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private HandlerConfig handler(String name) throws ConfigException {
    String path = (String) values.of(key(name, ConfigKeys.RUNTIME_PATH), ConfigKeys.RUNTIME_PATH);
    String root = key(name, ConfigKeys.RUNTIME_ROOT);
    return new HandlerConfig(
        name,
        path.isEmpty() ? name : path,
        values.optionalPath(root, ConfigKeys.RUNTIME_ROOT),
        options(name),
        allowedAnnotations(name),
        baseSpec(name));
  }

  private static String key(String handler, ConfigKey key) {
    return PREFIX + handler + key.name().substring(key.name().lastIndexOf('.'));
  }

  private List<String> options(String handler) throws ConfigException {
    String key = key(handler, ConfigKeys.RUNTIME_OPTIONS);
    List<String> options = values.strings(key, ConfigKeys.RUNTIME_OPTIONS);
    for (String option : options) {
      if (!option.startsWith("-") || option.indexOf('\0') >= 0) {
        throw values.bad(key, option + " is no option: write one with its value as --name=value");
      }
      String name = option.replaceFirst("^--?", "").replaceFirst("=.*", "");
      if (OURS.contains(name)) {
        throw values.bad(key, option + " is Gantry's to give (see root, cgroup_driver)");
      }
    }
    return options;
  }

  private List<String> allowedAnnotations(String handler) throws ConfigException {
    String key = key(handler, ConfigKeys.ALLOWED_ANNOTATIONS);
    List<String> allowed = values.strings(key, ConfigKeys.ALLOWED_ANNOTATIONS);
    for (String pattern : allowed) {
      if (pattern.isEmpty()) {
        throw values.bad(key, "has an empty name in it");
      }
      if (pattern.replace("*", "").isEmpty() || AnnotationNames.reserved(pattern)) {
        throw values.bad(
            key, pattern + " cannot be allowed, it would give a pod power over the host");
      }
    }
    return allowed;
  }

  private BaseSpec baseSpec(String handler) throws ConfigException {
    String key = key(handler, ConfigKeys.BASE_SPEC);
    Path file = values.optionalPath(key, ConfigKeys.BASE_SPEC);
    if (file == null) {
      return BaseSpec.EMPTY;
    }
    try {
      return BaseSpec.read(file);
    } catch (IOException e) {
      throw values.bad(key, String.valueOf(e.getMessage()), e);
    }
  }
}
