package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A private root, state and socket for one test, removed after it.
 *
 * <p>Use it as {@code @RegisterExtension final TestDirs dirs = new TestDirs();} or in
 * try-with-resources. Paths are short, as a unix socket's may have 107 bytes, and every directory
 * above can be passed by anyone, as container users must reach their root file systems. Mounts that
 * a test left below are unmounted, and {@link LeakCheck} tells of them.
 */
public final class TestDirs implements AfterEachCallback, AutoCloseable {
  private static final Set<Path> MADE = ConcurrentHashMap.newKeySet();
  private static final Queue<String> LEFT = new ConcurrentLinkedQueue<>();

  private @Nullable Path base;

  /** Returns the directory that holds the others, made when it is first asked for. */
  public synchronized Path base() {
    Path made = base;
    if (made == null) {
      try {
        made = Files.createTempDirectory("gt").toRealPath();
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx--x--x"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      MADE.add(made);
      base = made;
    }
    return made;
  }

  /** Returns what {@code --root} is to be: an empty directory. */
  public Path root() {
    return dir("r");
  }

  /** Returns what {@code --state} is to be: an empty directory. */
  public Path state() {
    return dir("s");
  }

  /** Returns where the daemon is to listen. */
  public Path socket() {
    return dir("k").resolve("g.sock");
  }

  /** Returns a directory of this name, made when it is not there. */
  public Path dir(String name) {
    Path directory = base().resolve(name);
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return directory;
  }

  /** Returns a path of this name, at which nothing is made. */
  public Path path(String name) {
    return base().resolve(name);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close();
  }

  /** Unmounts what is left below and removes everything. */
  @Override
  public synchronized void close() {
    Path made = base;
    if (made == null) {
      return;
    }
    base = null;
    for (MountTable.Entry mount : MountTable.under(made)) {
      LEFT.add("mount " + mount.target() + " (" + mount.type() + ")");
      Commands.run("umount", "--lazy", "--no-canonicalize", mount.target());
    }
    Commands.Result removed = Commands.run("rm", "-rf", "--one-file-system", "--", made.toString());
    if (removed.exit() != 0) {
      throw new IllegalStateException("remove " + made + ": " + removed.output());
    }
  }

  /** Returns every directory that this JVM made, removed ones too. */
  static Set<Path> made() {
    return Set.copyOf(MADE);
  }

  /** Returns, and forgets, the mounts that tests left. */
  static List<String> takeLeft() {
    List<String> left = List.copyOf(LEFT);
    left.forEach(LEFT::remove);
    return left;
  }
}
