package dev.gantry.agent.volume;

import dev.gantry.agent.api.HostPathType;
import dev.gantry.agent.api.HostPathVolumeSource;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Paths of the node, checked for what they have to be. */
final class HostPaths {
  private HostPaths() {}

  /** The path, made if its type says so. */
  static Path prepare(HostPathVolumeSource source) throws IOException, VolumeException {
    Path path = Path.of(source.path());
    HostPathType type = source.type();
    if (type == null) {
      return path;
    }
    if (type == HostPathType.DirectoryOrCreate && !exists(path)) {
      Files.createDirectories(path);
    }
    if (type == HostPathType.FileOrCreate && !exists(path)) {
      create(path);
    }
    Optional<FileStat> found = At.find(At.CWD, path.toString(), true);
    boolean right = found.isPresent() && isA(found.get(), type);
    if (!right) {
      throw new VolumeException("hostPath type check failed: " + path + " is not a " + name(type));
    }
    return path;
  }

  private static boolean exists(Path path) throws IOException {
    return At.find(At.CWD, path.toString(), true).isPresent();
  }

  private static void create(Path path) throws IOException {
    try {
      Files.createFile(path);
      AtomicWriter.setMode(path, 0644);
    } catch (FileAlreadyExistsException e) {
      // Somebody was faster: what they made is checked.
      return;
    }
  }

  private static boolean isA(FileStat file, HostPathType type) {
    return switch (type) {
      case DirectoryOrCreate, Directory -> file.isDirectory();
      case FileOrCreate, File -> file.isRegular();
      case Socket -> file.isSocket();
      case CharDevice -> file.type() == FileStat.CHAR_DEVICE;
      case BlockDevice -> file.type() == FileStat.BLOCK_DEVICE;
    };
  }

  private static String name(HostPathType type) {
    return switch (type) {
      case DirectoryOrCreate, Directory -> "directory";
      case FileOrCreate, File -> "file";
      case Socket -> "socket file";
      case CharDevice -> "character device";
      case BlockDevice -> "block device";
    };
  }
}
