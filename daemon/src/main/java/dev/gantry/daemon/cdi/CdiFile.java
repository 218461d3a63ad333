package dev.gantry.daemon.cdi;

import dev.gantry.daemon.yaml.YamlFormatException;
import dev.gantry.daemon.yaml.YamlMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A CDI file.
 *
 * @param kind {@code vendor.com/class}
 * @param devices what each device changes, by its name
 * @param edits what is changed when any of its devices is asked for
 */
record CdiFile(Path path, String kind, Map<String, ContainerEdits> devices, ContainerEdits edits) {
  private static final Pattern VERSION = Pattern.compile("(0\\.[2-9]|1\\.[01])\\.\\d+");
  static final Pattern KIND =
      Pattern.compile(
          "[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?/[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?");
  static final Pattern NAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9_.:-]*[a-zA-Z0-9])?");

  CdiFile {
    devices = Map.copyOf(devices);
  }

  /**
   * Reads a file; it may block.
   *
   * @throws YamlFormatException naming the place that is wrong, or that this version does not know
   */
  static CdiFile read(Path file) throws IOException, YamlFormatException {
    YamlMap root = YamlMap.read(file);
    String version = root.text("cdiVersion");
    if (!VERSION.matcher(version).matches()) {
      throw new YamlFormatException(
          root.where() + ": cdiVersion " + version + " is none of 0.2.0 to 1.1.x");
    }
    String kind = root.text("kind");
    if (!KIND.matcher(kind).matches()) {
      throw new YamlFormatException(root.where() + ": kind " + kind + " is no vendor.com/class");
    }
    root.map("annotations");
    Map<String, ContainerEdits> devices = new LinkedHashMap<>();
    for (YamlMap device : root.maps("devices")) {
      String name = device.textOrNumber("name").orElse("");
      if (!NAME.matcher(name).matches()) {
        throw new YamlFormatException(device.where() + ": \"" + name + "\" is no device name");
      }
      device.map("annotations");
      if (devices.put(name, EditsParser.parse(device.map("containerEdits"))) != null) {
        throw new YamlFormatException(device.where() + ": a second device " + name);
      }
      device.end();
    }
    if (devices.isEmpty()) {
      throw new YamlFormatException(root.where() + ": devices is missing");
    }
    ContainerEdits edits = EditsParser.parse(root.map("containerEdits"));
    root.end();
    return new CdiFile(file, kind, devices, edits);
  }
}
