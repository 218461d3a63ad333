package dev.gantry.network;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The configuration directories as they were at one moment, read the way libcni, ocicni and
 * containerd do: files named {@code *.conflist}, {@code *.conf} and {@code *.json} in the order of
 * their names, directories in the order given.
 *
 * @param beside the directories in which lists have further plug-ins, or could have
 * @param problems what was passed over, each naming the file and the reason
 */
record ConfigListing(
    List<Path> dirs,
    List<Stamp> stamps,
    Map<Path, List<Stamp>> beside,
    List<Found> networks,
    List<String> problems) {
  private static final long MAX_SIZE = 1 << 20;
  private static final int MAX_FILES = 256;
  private static final List<String> EXTENSIONS = List.of(".conflist", ".conf", ".json");

  /** A valid file. */
  record Found(Path file, NetworkConfig network) {}

  /** By what a file is known to be unchanged. */
  private record Stamp(Path file, long modifiedNanos, long size, Object key) {
    static Stamp of(Path file) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(
            file,
            attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
            attributes.size(),
            String.valueOf(attributes.fileKey()));
      } catch (IOException e) {
        return new Stamp(file, 0, 0, "unreadable");
      }
    }
  }

  /** The network that pods get. */
  Optional<Found> first() {
    return networks.stream().findFirst();
  }

  /** Whether the directories look as they did; reads no file. */
  boolean isCurrent() {
    List<Stamp> now = new ArrayList<>();
    files(dirs, new ArrayList<>()).forEach(file -> now.add(Stamp.of(file)));
    return now.equals(stamps)
        && beside.entrySet().stream()
            .allMatch(dir -> stampsBeside(dir.getKey()).equals(dir.getValue()));
  }

  private static List<Stamp> stampsBeside(Path dir) {
    try {
      return PluginFiles.in(dir).stream().map(Stamp::of).toList();
    } catch (IOException e) {
      return List.of(Stamp.of(dir));
    }
  }

  static ConfigListing read(List<Path> dirs) {
    List<String> problems = new ArrayList<>();
    List<Stamp> stamps = new ArrayList<>();
    Map<Path, List<Stamp>> beside = new HashMap<>();
    List<Found> networks = new ArrayList<>();
    for (Path file : files(dirs, problems)) {
      stamps.add(Stamp.of(file));
      try {
        networks.add(new Found(file, parse(file, beside)));
      } catch (IOException e) {
        problems.add(file + ": cannot be read: " + e);
      } catch (JsonText.MalformedException | NetworkConfig.InvalidException e) {
        problems.add(file + ": " + e.getMessage());
      }
    }
    return new ConfigListing(
        List.copyOf(dirs),
        List.copyOf(stamps),
        Map.copyOf(beside),
        List.copyOf(networks),
        List.copyOf(problems));
  }

  private static NetworkConfig parse(Path file, Map<Path, List<Stamp>> beside)
      throws IOException, JsonText.MalformedException, NetworkConfig.InvalidException {
    Json.Obj json = text(file);
    if (!file.toString().endsWith(".conflist")) {
      return NetworkConfig.ofSingle(json);
    }
    Optional<Path> dir = NetworkConfig.pluginDirectory(json).map(file::resolveSibling);
    if (dir.isPresent()) {
      beside.put(dir.get(), stampsBeside(dir.get()));
      json = PluginFiles.appended(json, PluginFiles.in(dir.get()));
    }
    return NetworkConfig.ofList(json);
  }

  /** Reads a file that is no larger than a configuration can be. */
  static Json.Obj text(Path file)
      throws IOException, JsonText.MalformedException, NetworkConfig.InvalidException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new NetworkConfig.InvalidException("it is no regular file");
    }
    if (attributes.size() > MAX_SIZE) {
      throw new NetworkConfig.InvalidException("it is larger than " + MAX_SIZE + " bytes");
    }
    try (var in = Files.newInputStream(file)) {
      return JsonText.parse(in.readNBytes((int) MAX_SIZE));
    }
  }

  private static List<Path> files(List<Path> dirs, List<String> problems) {
    List<Path> files = new ArrayList<>();
    for (Path dir : dirs) {
      List<Path> here = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(dir, ConfigListing::isConfig)) {
        for (Path file : stream) {
          here.add(file);
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        continue; // the message of NetworkPluginNotReady names what does not exist
      } catch (IOException e) {
        problems.add(dir + ": cannot be listed: " + e);
      }
      here.sort(Comparator.comparing(file -> Objects.toString(file.getFileName())));
      files.addAll(here);
    }
    if (files.size() > MAX_FILES) {
      problems.add(
          files.get(MAX_FILES) + " and later: more than " + MAX_FILES + " files are not read");
      return files.subList(0, MAX_FILES);
    }
    return files;
  }

  private static boolean isConfig(Path file) {
    String name = Objects.toString(file.getFileName());
    return EXTENSIONS.stream().anyMatch(name::endsWith);
  }
}
