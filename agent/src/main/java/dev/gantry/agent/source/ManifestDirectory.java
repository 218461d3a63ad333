package dev.gantry.agent.source;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Inotify;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose manifests are to run: static pods. Told of changes by inotify, and read anew
 * from time to time, since a directory may be replaced and events may be lost. A file that is wrong
 * or empty, as one is that is just being written, keeps what it said before, so that a slip of an
 * editor ends no pod; one that is gone ends its pods.
 */
public final class ManifestDirectory implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ManifestDirectory.class.getName());
  private static final int EVENTS =
      Inotify.MOVED_TO
          | Inotify.MOVED_FROM
          | Inotify.DELETE
          | Inotify.CLOSE_WRITE
          | Inotify.DELETE_SELF
          | Inotify.MOVE_SELF;

  private final Path directory;
  private final Runnable changed;
  private final Map<Path, File> files = new HashMap<>();
  private volatile List<KubeObject> objects = List.of();
  private volatile List<String> problems = List.of();
  private @Nullable Inotify watch;
  private volatile boolean lost;

  private record File(
      FileTime modified, String identity, List<KubeObject> objects, String problem) {}

  /**
   * A directory that need not be there yet.
   *
   * @param changed run when something happened to it; short, it is called by the event loop
   */
  public ManifestDirectory(Path directory, Runnable changed) {
    this.directory = directory;
    this.changed = changed;
  }

  /** What the files say, as they were last read. */
  public List<KubeObject> objects() {
    return objects;
  }

  /** What is wrong with them. */
  public List<String> problems() {
    return problems;
  }

  /** Reads what has changed. One caller at a time. */
  public void read() {
    watch();
    try {
      TreeSet<Path> present = new TreeSet<>();
      if (Files.isDirectory(directory)) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
          all.forEach(file -> {
            if (wanted(file)) {
              present.add(file);
            }
          });
        }
      }
      files.keySet().retainAll(present);
      present.forEach(this::read);
      List<KubeObject> found = new ArrayList<>();
      present.forEach(
          p -> Optional.ofNullable(files.get(p)).ifPresent(f -> found.addAll(f.objects())));
      objects = List.copyOf(found);
      problems = files.values().stream().map(File::problem).filter(p -> !p.isEmpty()).toList();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "read manifests in " + directory + ": " + e.getMessage(), e);
    }
  }

  private static boolean wanted(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.startsWith(".")
        && !name.endsWith("~")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"))
        && Files.isRegularFile(file);
  }

  private void read(Path path) {
    File old = files.get(path);
    try {
      FileTime modified = Files.getLastModifiedTime(path);
      String identity = Files.size(path) + " " + Files.getAttribute(path, "unix:ino");
      if (old != null && old.modified().equals(modified) && old.identity().equals(identity)) {
        return;
      }
      files.put(path, parse(path, old, modified, identity));
    } catch (NoSuchFileException e) {
      files.remove(path);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "read manifest " + path + ": " + e.getMessage(), e);
    }
  }

  private static File parse(Path path, @Nullable File old, FileTime modified, String identity)
      throws IOException {
    if (old != null && !old.objects().isEmpty() && Files.size(path) == 0) {
      String empty = path + " is empty; what it declared goes on until the file is removed";
      LOG.log(Level.WARNING, () -> "manifest " + empty);
      return new File(modified, identity, old.objects(), empty);
    }
    try {
      return new File(modified, identity, Manifests.read(path), "");
    } catch (ManifestException e) {
      LOG.log(Level.ERROR, () -> "manifest " + path + " is refused: " + e.getMessage());
      List<KubeObject> kept = old == null ? List.of() : old.objects();
      return new File(modified, identity, kept, String.valueOf(e.getMessage()));
    }
  }

  private void watch() {
    if (lost) {
      close(); // the directory was replaced, or its file system is gone
      watch = null;
      lost = false;
    }
    if (watch != null || !Files.isDirectory(directory)) {
      return;
    }
    try {
      watch = Inotify.watch(directory, EVENTS, this::happened);
    } catch (LinuxException e) {
      LOG.log(Level.WARNING, "manifests in " + directory + " are only read from time to time", e);
    }
  }

  private void happened(Inotify.Event event) {
    if ((event.mask() & (Inotify.DELETE_SELF | Inotify.MOVE_SELF | Inotify.IGNORED)) != 0) {
      lost = true;
    }
    changed.run();
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }
}
