package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What of the machine a test may have changed: each thing by a key, with a line that names it. */
record HostState(Map<String, String> things) {

  static HostState read() {
    boolean all = System.getProperty("gantry.leakcheck", "").equals("all");
    Map<String, String> things = new HashMap<>();
    addMounts(things, all);
    addLinks(things, all);
    addCgroups(things, all);
    for (HostProcess process : HostProcess.ours(all)) {
      things.put(process.key(), process.toString());
    }
    return new HostState(things);
  }

  /** Returns what is here and was not there before. */
  Set<String> since(HostState before) {
    Map<String, String> added = new HashMap<>(things);
    added.keySet().removeAll(before.things.keySet());
    return new TreeSet<>(added.values());
  }

  /** Pinned namespaces are mounts too, of the type nsfs. */
  private static void addMounts(Map<String, String> things, boolean all) {
    Set<Path> made = TestDirs.made();
    for (MountTable.Entry mount : MountTable.read()) {
      boolean ours = made.stream().anyMatch(Path.of(mount.target())::startsWith);
      if (all || ours) {
        things.put("mount " + mount.id(), "mount " + mount.target() + " (" + mount.type() + ")");
      }
    }
  }

  private static void addLinks(Map<String, String> things, boolean all) {
    for (String name : names(Path.of("/sys/class/net"))) {
      if (all || name.startsWith(TestNames.linkPrefix()) || isPort(name)) {
        things.put("interface " + name, "interface " + name);
      }
    }
  }

  /** Returns whether a link is a port of one of our bridges. */
  private static boolean isPort(String link) {
    Path master = Path.of("/sys/class/net", link, "master");
    try {
      return Files.readSymbolicLink(master)
          .getFileName()
          .toString()
          .startsWith(TestNames.linkPrefix());
    } catch (IOException e) {
      // It is no port, or the link went away while this looked at it, which sysfs tells in several
      // ways.
      return false;
    }
  }

  private static void addCgroups(Map<String, String> things, boolean all) {
    for (MountTable.Entry mount : MountTable.read()) {
      if (!mount.type().equals("cgroup") && !mount.type().equals("cgroup2")) {
        continue;
      }
      Path top = Path.of(mount.target());
      for (String name : names(top)) {
        Path directory = top.resolve(name);
        if ((all || name.startsWith(TestNames.cgroupPrefix())) && Files.isDirectory(directory)) {
          things.put("cgroup " + directory, "cgroup " + directory);
        }
      }
    }
  }

  private static List<String> names(Path directory) {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(names);
  }
}
