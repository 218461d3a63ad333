package dev.gantry.daemon.cdi;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.yaml.YamlFormatException;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Finds CDI devices by their names. The files are read anew for every container that asks for one:
 * vendors write them while the node runs, and few containers have any.
 *
 * @param directories those of a later one go before those of an earlier; others are ignored
 */
public record CdiDevices(List<Path> directories) {
  private record Found(CdiFile file, ContainerEdits edits) {}

  public CdiDevices {
    directories = List.copyOf(directories);
  }

  /**
   * Refuses what is no name of a device.
   *
   * @throws CallFailure INVALID_ARGUMENT naming the field and the name
   */
  public static void checkName(String name) throws CallFailure {
    int equals = name.indexOf('=');
    if (equals < 0
        || !CdiFile.KIND.matcher(name.substring(0, equals)).matches()
        || !CdiFile.NAME.matcher(name.substring(equals + 1)).matches()) {
      throw CallFailure.invalid(
          "CDI_devices: \"" + name + "\" is no name of a device, vendor.com/class=name");
    }
  }

  /**
   * The specification with those devices in it; reads files and looks at the node's devices, so it
   * may block.
   *
   * @param names as in {@code vendor.com/class=name}
   * @param userNamespace whether the container is in one, where no device can be made
   * @throws CallFailure FAILED_PRECONDITION naming the device and what is missing or wrong
   */
  public RuntimeSpec inject(RuntimeSpec spec, List<String> names, boolean userNamespace)
      throws IOException, CallFailure {
    var problems = new ArrayList<String>();
    List<List<CdiFile>> files = files(problems);
    Map<CdiFile, Boolean> begun = new LinkedHashMap<>();
    var edits = new SpecEdits(spec, userNamespace);
    for (String name : new LinkedHashSet<>(names)) {
      Found found = find(name, files, problems);
      if (begun.put(found.file(), true) == null) {
        edits.apply(name, found.file().edits());
      }
      edits.apply(name, found.edits());
    }
    return edits.spec();
  }

  private Found find(String name, List<List<CdiFile>> files, List<String> problems)
      throws CallFailure {
    String kind = name.substring(0, name.indexOf('='));
    String device = name.substring(kind.length() + 1);
    for (List<CdiFile> directory : files.reversed()) {
      var having = new ArrayList<Found>();
      for (CdiFile file : directory) {
        ContainerEdits edits = file.devices().get(device);
        if (edits != null && file.kind().equals(kind)) {
          having.add(new Found(file, edits));
        }
      }
      if (having.size() > 1) {
        throw CallFailure.precondition(
            "CDI_devices: "
                + name
                + " is in several files: "
                + having.stream().map(found -> found.file().path().toString()).toList());
      }
      if (!having.isEmpty()) {
        return having.getFirst();
      }
    }
    throw CallFailure.precondition(
        "CDI_devices: no file in "
            + directories
            + " has the device "
            + name
            + (problems.isEmpty() ? "" : "; not read: " + String.join("; ", problems)));
  }

  private List<List<CdiFile>> files(List<String> problems) throws IOException {
    var files = new ArrayList<List<CdiFile>>();
    for (Path directory : directories) {
      var here = new ArrayList<CdiFile>();
      for (Path file : namesIn(directory)) {
        try {
          here.add(CdiFile.read(file));
        } catch (IOException | YamlFormatException e) {
          problems.add(String.valueOf(e.getMessage()));
        }
      }
      files.add(here);
    }
    return files;
  }

  private static Iterable<Path> namesIn(Path directory) throws IOException {
    var names = new TreeSet<Path>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{json,yaml}")) {
        found.forEach(names::add);
      }
    }
    return names;
  }
}
