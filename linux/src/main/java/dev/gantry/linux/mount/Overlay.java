package dev.gantry.linux.mount;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.mount.Mounts.OverlayMount;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The two ways to mount an overlay. */
final class Overlay {
  /** fsconfig(2) takes a string of at most 255 bytes. */
  private static final int FSCONFIG_STRING_MAX = 255;

  /** mount(2) takes one page of options, the closing NUL included. */
  private static final int MOUNT_OPTIONS_MAX = 4095;

  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final String CALL = "mount overlay on";

  /**
   * Files of layers on file systems of their own have the overlay's device number, as they have
   * when all layers are on one: programs that stay on one file system would leave them out.
   */
  private static final String ONE_DEVICE = "xino";

  private Overlay() {}

  /**
   * By fsopen(2) and one {@code lowerdir+} for each layer (Linux 6.8): any number of layers, any
   * character in a path.
   */
  static void byContext(OverlayMount mount) throws LinuxException {
    String target = mount.target().toString();
    try (Handles handles = new Handles();
        Arena arena = Arena.ofConfined()) {
      FileSystemContext context = handles.add(FileSystemContext.open("overlay", CALL, target));
      context.string("source", "overlay");
      if (isOnSeveral(mount)) {
        context.string(ONE_DEVICE, "on");
      }
      for (Path lower : mount.lowersTopFirst()) {
        context.string("lowerdir+", handles.shortPath(lower));
      }
      if (mount.upper() != null && mount.work() != null) {
        context.string("upperdir", handles.shortPath(mount.upper()));
        context.string("workdir", handles.shortPath(mount.work()));
      }
      for (Map.Entry<String, String> option : mount.options().entrySet()) {
        if (option.getValue().isEmpty()) {
          context.flag(option.getKey());
        } else {
          context.string(option.getKey(), option.getValue());
        }
      }
      Fd tree = handles.add(context.mount(0));
      long moved =
          Native.retry(
              Nr.MOVE_MOUNT,
              tree.number(),
              Native.string(arena, "").address(),
              Fd.CWD.number(),
              Native.string(arena, target).address(),
              MOVE_MOUNT_F_EMPTY_PATH);
      Native.check(moved, CALL, target);
    }
  }

  /**
   * By mount(2), whose options are one page: each layer is named by the link that /proc has for an
   * open descriptor, some 18 bytes whatever the layer's path, which is enough for 200 layers and
   * needs neither links on disk nor a working directory of one's own.
   */
  static void byShortLinks(OverlayMount mount) throws LinuxException {
    String target = mount.target().toString();
    try (Handles handles = new Handles();
        Arena arena = Arena.ofConfined()) {
      List<String> lowers = new ArrayList<>();
      for (Path lower : mount.lowersTopFirst()) {
        lowers.add(handles.link(lower));
      }
      StringBuilder options = new StringBuilder("lowerdir=").append(String.join(":", lowers));
      if (mount.upper() != null && mount.work() != null) {
        options.append(",upperdir=").append(handles.link(mount.upper()));
        options.append(",workdir=").append(handles.link(mount.work()));
      }
      if (isOnSeveral(mount)) {
        options.append(',').append(ONE_DEVICE).append("=on");
      }
      mount
          .options()
          .forEach(
              (k, v) -> options.append(',').append(k).append(v.isEmpty() ? "" : "=" + quoted(v)));
      if (options.length() > MOUNT_OPTIONS_MAX) {
        throw new LinuxException(CALL, target, Errno.E2BIG, lowers.size() + " layers");
      }
      MemorySegment type = Native.string(arena, "overlay");
      long result =
          Native.retry(
              Nr.MOUNT,
              type.address(),
              Native.string(arena, target).address(),
              type.address(),
              0,
              Native.string(arena, options.toString()).address());
      Native.check(result, CALL, target);
    }
  }

  /** Whether its layers are on more than one file system. */
  private static boolean isOnSeveral(OverlayMount mount) throws LinuxException {
    List<Path> layers = new ArrayList<>(mount.lowersTopFirst());
    if (mount.upper() != null) {
      layers.add(mount.upper());
    }
    long first = device(layers.getFirst());
    for (Path layer : layers.subList(1, layers.size())) {
      if (device(layer) != first) {
        return true;
      }
    }
    return false;
  }

  /** 0 for one that is not there, of which the kernel tells better. */
  private static long device(Path layer) throws LinuxException {
    return At.find(At.CWD, layer.toString(), true).map(FileStat::dev).orElse(0L);
  }

  /** The categories of an SELinux context have a comma between them. */
  private static String quoted(String value) {
    return value.indexOf(',') >= 0 ? '"' + value + '"' : value;
  }

  /** What must stay open until the mount is made. */
  private static final class Handles implements AutoCloseable {
    private final List<Fd> open = new ArrayList<>();
    private final List<FileSystemContext> contexts = new ArrayList<>();

    Fd add(Fd fd) {
      open.add(fd);
      return fd;
    }

    FileSystemContext add(FileSystemContext context) {
      contexts.add(context);
      return context;
    }

    String shortPath(Path path) throws LinuxException {
      String text = path.toString();
      return FileName.toBytes(text).length <= FSCONFIG_STRING_MAX ? text : link(path);
    }

    String link(Path path) throws LinuxException {
      return add(At.open(At.CWD, path.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0))
          .procPath();
    }

    @Override
    public void close() {
      open.forEach(Fd::close);
      contexts.forEach(FileSystemContext::close);
    }
  }
}
