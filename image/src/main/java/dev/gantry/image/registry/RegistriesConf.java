package dev.gantry.image.registry;

import dev.gantry.image.registry.RegistriesToml.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * containers' {@code registries.conf} (version 2) with the drop-ins of {@code registries.conf.d}
 * beside it, which are read in the order of their names and win over what came before. Read anew
 * when a file changes.
 *
 * @see <a
 *     href="https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md">containers-registries.conf(5)</a>
 */
final class RegistriesConf {
  private static final int MOST_FILES = 256;

  private final @Nullable Path file;
  private final ReentrantLock lock = new ReentrantLock();
  private List<Stamp> seen = List.of();
  private Content content = Content.EMPTY;

  private record Stamp(Path file, long modified, long size) {}

  /**
   * @param file null for none
   */
  RegistriesConf(@Nullable Path file) {
    this.file = file;
  }

  /**
   * What the files say now.
   *
   * @throws IOException naming the file and the line that is wrong: with a part of the
   *     configuration unknown, nobody can say what is blocked
   */
  Content content() throws IOException {
    if (file == null) {
      return Content.EMPTY;
    }
    List<Stamp> now = stamps(file);
    lock.lock();
    try {
      if (!now.equals(seen)) {
        Content read = Content.EMPTY;
        for (Stamp one : now) {
          read = read.with(RegistriesToml.read(one.file()));
        }
        content = read;
        seen = now;
      }
      return content;
    } finally {
      lock.unlock();
    }
  }

  private static List<Stamp> stamps(Path file) throws IOException {
    var found = new ArrayList<Stamp>();
    add(file, found);
    Path directory = file.resolveSibling(file.getFileName() + ".d");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path one :
          files
              .filter(f -> f.getFileName().toString().endsWith(".conf"))
              .limit(MOST_FILES)
              .sorted()
              .toList()) {
        add(one, found);
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      return found;
    }
    return found;
  }

  private static void add(Path file, List<Stamp> found) throws IOException {
    try {
      if (Files.isRegularFile(file)) {
        found.add(
            new Stamp(
                file, Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS), Files.size(file)));
      }
    } catch (NoSuchFileException gone) {
      // Removed since it was listed, which is as if it had never been there.
      return;
    }
  }
}
