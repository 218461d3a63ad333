package dev.gantry.image.layer;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.Directory;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.util.List;

/** Lists a directory that is open as a path only. */
final class DirectoryNames {
  private DirectoryNames() {}

  static List<String> list(Fd directory) throws IOException {
    try (Fd readable = At.open(directory, ".", OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      return Directory.list(readable).stream().map(Directory.Entry::name).toList();
    }
  }
}
