package dev.gantry.agent.volume;

import dev.gantry.linux.file.DeleteTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Replaces all files of a directory at once, as the kubelet does: {@code ..data} is a link to a
 * directory with the files, each name a link into {@code ..data}, and one rename of {@code ..data}
 * changes them all. A reader sees the old files or the new ones, never some of each.
 *
 * <pre>
 *   DIRECTORY/..2026_01_31.4711/app.conf
 *   DIRECTORY/..data      -> ..2026_01_31.4711
 *   DIRECTORY/app.conf    -> ..data/app.conf
 * </pre>
 */
final class AtomicWriter {
  private static final String DATA = "..data";
  private static final String NEW_DATA = "..data_tmp";
  private static final int MAX_MODE = 0777;
  private static final int SETGID = 02000;

  /** What a pod's group gets of a file, and in addition of a directory, that is only read. */
  private static final int GROUP_READ = 0440;

  private static final int GROUP_ENTER = 0110 | SETGID;

  private final Path directory;
  private final @Nullable Long group;

  /**
   * One file.
   *
   * @param content all of it
   * @param mode its permissions
   */
  record File(@SuppressWarnings("ArrayRecordComponent") byte[] content, int mode) {
    File {
      content = content.clone();
      mode &= MAX_MODE;
    }
  }

  /**
   * @param directory exists
   * @param group who may read the files beside their owner: the pod's {@code fsGroup}
   */
  AtomicWriter(Path directory, @Nullable Long group) {
    this.directory = directory;
    this.group = group;
  }

  /**
   * Makes these the files of the directory.
   *
   * @param files by their path, which stays below the directory and begins with no {@code ..}
   * @return false when they were already
   */
  boolean write(SortedMap<String, File> files) throws IOException {
    for (String path : files.keySet()) {
      check(path);
    }
    Path old = current();
    boolean same = old != null && holds(old, files);
    if (!same) {
      Path fresh = fill(files);
      Path link = directory.resolve(NEW_DATA);
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, fresh.getFileName());
      Files.move(link, directory.resolve(DATA), StandardCopyOption.ATOMIC_MOVE);
    }
    boolean linked = link(files);
    sweep(files);
    return !same || linked;
  }

  private static void check(String path) throws IOException {
    boolean leaves = Arrays.asList(path.split("/", -1)).contains("..");
    if (path.isEmpty() || path.startsWith("/") || path.startsWith("..") || leaves) {
      throw new IOException("\"" + path + "\" is no path in a volume");
    }
  }

  /** The directory with the files of now, null if there is none. */
  private @Nullable Path current() throws IOException {
    try {
      Path target = Files.readSymbolicLink(directory.resolve(DATA));
      Path data = directory.resolve(target.getFileName());
      return Files.isDirectory(data, LinkOption.NOFOLLOW_LINKS) ? data : null;
    } catch (NoSuchFileException | NotLinkException e) {
      return null;
    }
  }

  private static boolean holds(Path data, SortedMap<String, File> files) throws IOException {
    Set<String> found = new HashSet<>();
    try (var all = Files.walk(data)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = data.relativize(path).toString();
        File wanted = files.get(name);
        if (wanted == null || !Arrays.equals(wanted.content(), Files.readAllBytes(path))) {
          return false;
        }
        found.add(name);
      }
    }
    return found.size() == files.keySet().stream().map(AtomicWriter::normal).distinct().count();
  }

  private static String normal(String path) {
    return Path.of(path).normalize().toString();
  }

  private Path fill(SortedMap<String, File> files) throws IOException {
    Path fresh = Files.createTempDirectory(directory, "..");
    setMode(fresh, 0755 | dirMask());
    for (var file : files.entrySet()) {
      Path path = fresh.resolve(file.getKey()).normalize();
      makeParents(fresh, path);
      Files.write(path, file.getValue().content());
      own(path);
      setMode(path, file.getValue().mode() | (group == null ? 0 : GROUP_READ));
    }
    return fresh;
  }

  private void makeParents(Path root, Path path) throws IOException {
    Path at = root;
    Path parent = root.relativize(path).getParent();
    own(root);
    for (Path part : parent == null ? Path.of("") : parent) {
      at = at.resolve(part);
      if (!at.equals(root) && !Files.isDirectory(at)) {
        Files.createDirectory(at);
        own(at);
        setMode(at, 0755 | dirMask());
      }
    }
  }

  private int dirMask() {
    return group == null ? 0 : GROUP_READ | GROUP_ENTER;
  }

  private void own(Path path) throws IOException {
    if (group != null) {
      Files.setAttribute(path, "unix:gid", group.intValue(), LinkOption.NOFOLLOW_LINKS);
    }
  }

  static void setMode(Path path, int mode) throws IOException {
    if ((mode & ~MAX_MODE) != 0) {
      Files.setAttribute(path, "unix:mode", mode);
      return;
    }
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode >> (all.length - 1 - i) & 1) != 0) {
        permissions.add(all[i]);
      }
    }
    Files.setPosixFilePermissions(path, permissions);
  }

  /** Makes the names that users see; true if one was missing. */
  private boolean link(SortedMap<String, File> files) throws IOException {
    boolean made = false;
    for (String name : tops(files)) {
      Path visible = directory.resolve(name);
      if (!Files.isSymbolicLink(visible)) {
        Files.createSymbolicLink(visible, Path.of(DATA, name));
        made = true;
      }
    }
    return made;
  }

  private static Set<String> tops(SortedMap<String, File> files) {
    Set<String> tops = new HashSet<>();
    files.keySet().forEach(path -> tops.add(Path.of(normal(path)).getName(0).toString()));
    return tops;
  }

  /** Removes names and directories of earlier files, also those of a write that was cut short. */
  private void sweep(SortedMap<String, File> files) throws IOException {
    Set<String> keep = tops(files);
    keep.add(DATA);
    Path data = current();
    if (data != null) {
      keep.add(data.getFileName().toString());
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path path : all) {
        if (!keep.contains(path.getFileName().toString())) {
          DeleteTree.delete(path);
        }
      }
    }
  }
}
