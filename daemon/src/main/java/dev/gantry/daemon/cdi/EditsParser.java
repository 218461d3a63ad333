package dev.gantry.daemon.cdi;

import dev.gantry.daemon.cdi.ContainerEdits.DeviceNode;
import dev.gantry.daemon.cdi.ContainerEdits.NamedHook;
import dev.gantry.daemon.cdi.ContainerEdits.Point;
import dev.gantry.daemon.yaml.YamlFormatException;
import dev.gantry.daemon.yaml.YamlMap;
import dev.gantry.oci.runtime.Hook;
import dev.gantry.oci.runtime.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code containerEdits}. */
final class EditsParser {
  private static final long MAX_ID = 0xffff_fffeL;
  private static final long MAX_DEVICE = 0xffff_ffffL;
  private static final int MAX_MODE = 07777;
  private static final Pattern PERMISSIONS = Pattern.compile("[rwm]{1,3}");

  private EditsParser() {}

  static ContainerEdits parse(Optional<YamlMap> edits) throws YamlFormatException {
    return edits.isEmpty() ? ContainerEdits.NONE : parse(edits.get());
  }

  private static ContainerEdits parse(YamlMap edits) throws YamlFormatException {
    for (String unable : List.of("intelRdt", "netDevices")) {
      if (edits.has(unable)) {
        throw new YamlFormatException(
            edits.where()
                + ": "
                + unable
                + " needs an OCI runtime of specification 1.2, which Gantry does not ask for");
      }
    }
    var devices = new ArrayList<DeviceNode>();
    for (YamlMap device : edits.maps("deviceNodes")) {
      devices.add(device(device));
    }
    var mounts = new ArrayList<Mount>();
    for (YamlMap mount : edits.maps("mounts")) {
      mounts.add(mount(mount));
    }
    var hooks = new ArrayList<NamedHook>();
    for (YamlMap hook : edits.maps("hooks")) {
      hooks.add(hook(hook));
    }
    var parsed =
        new ContainerEdits(
            env(edits),
            devices,
            mounts,
            hooks,
            edits.numbers("additionalGids").stream().filter(gid -> gid != 0).toList());
    edits.end();
    return parsed;
  }

  private static List<String> env(YamlMap map) throws YamlFormatException {
    List<String> env = map.texts("env");
    for (String variable : env) {
      if (variable.indexOf('=') < 1 || variable.indexOf('\0') >= 0) {
        throw new YamlFormatException(map.where() + ": env \"" + variable + "\" is no NAME=value");
      }
    }
    return env;
  }

  private static DeviceNode device(YamlMap map) throws YamlFormatException {
    String path = absolute(map, "path");
    String type = map.optionalText("type").orElse("");
    if (!List.of("", "b", "c", "u", "p").contains(type)) {
      throw new YamlFormatException(map.where() + ": type " + type + " is none of b, c, u, p");
    }
    String permissions = map.optionalText("permissions").orElse("");
    boolean none = permissions.equals("none");
    if (!permissions.isEmpty() && !none && !PERMISSIONS.matcher(permissions).matches()) {
      throw new YamlFormatException(
          map.where() + ": permissions " + permissions + " is not of r, w, m, nor none");
    }
    var node =
        new DeviceNode(
            path,
            map.has("hostPath") ? absolute(map, "hostPath") : path,
            type,
            map.number("major", 0, MAX_DEVICE).orElse(0L),
            map.number("minor", 0, MAX_DEVICE).orElse(0L),
            map.number("fileMode", 0, MAX_MODE).map(Long::intValue),
            permissions.isEmpty() ? "rwm" : none ? "" : permissions,
            map.number("uid", 0, MAX_ID),
            map.number("gid", 0, MAX_ID));
    map.end();
    return node;
  }

  private static Mount mount(YamlMap map) throws YamlFormatException {
    List<String> options = map.texts("options");
    boolean bind = options.contains("bind") || options.contains("rbind");
    Optional<String> type = map.optionalText("type");
    var mount =
        new Mount(
            absolute(map, "containerPath"),
            type.orElse(bind ? "bind" : "none"),
            bind ? absolute(map, "hostPath") : map.text("hostPath"),
            // Without a type and options it is a bind mount, as every other runtime takes it.
            !bind && type.isEmpty() ? with(options, "bind") : options);
    map.end();
    return mount;
  }

  private static List<String> with(List<String> options, String more) {
    var all = new ArrayList<>(options);
    all.add(more);
    return all;
  }

  private static NamedHook hook(YamlMap map) throws YamlFormatException {
    String name = map.text("hookName");
    Optional<Point> point = Point.of(name);
    if (point.isEmpty()) {
      throw new YamlFormatException(
          map.where() + ": hookName " + name + " is no hook of the runtime specification");
    }
    Optional<Long> timeout = map.number("timeout", 1, Integer.MAX_VALUE);
    var hook =
        new NamedHook(
            point.get(),
            new Hook(
                absolute(map, "path"),
                map.texts("args"),
                env(map),
                timeout.map(Long::intValue).orElse(null)));
    map.end();
    return hook;
  }

  private static String absolute(YamlMap map, String key) throws YamlFormatException {
    String path = map.text(key);
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw new YamlFormatException(map.where() + ": " + key + " " + path + " is not absolute");
    }
    return path;
  }
}
