package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.linux.mount.Mounts;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Mounts whose source is an image: its layers as a read-only overlay of their own in the bundle,
 * which goes with the container. They are read-only, and programs in them may run as with every CRI
 * runtime, whatever Kubernetes' documentation says; {@code mount_options} may say {@code noexec}.
 */
final class ImageVolumes {
  /** What the kubelet looks for in the error of a volume that cannot be mounted. */
  private static final String FAILED = "ImageVolumeMountFailed: ";

  private static final List<String> CONFINED = List.of("nosuid", "nodev");

  private ImageVolumes() {}

  /** What messages call the mount's image. */
  static String field(Mount mount) {
    return FAILED + "mounts[" + mount.getContainerPath() + "].image";
  }

  /** Checks what the request says of an image volume. */
  static void check(String field, Mount mount) throws CallFailure {
    if (mount.getImage().getImage().isEmpty()) {
      throw CallFailure.invalid(field + ".image.image is empty");
    }
    if (!mount.getHostPath().isEmpty()) {
      throw CallFailure.invalid(field + ": host_path and image exclude each other");
    }
    if (!mount.getReadonly()) {
      throw CallFailure.invalid(field + ".image needs readonly: images are not written to");
    }
    // The kubelet passes on what the pod's volumeMount says; nothing is ever mounted in an image.
    if (mount.getPropagation() == MountPropagation.PROPAGATION_BIDIRECTIONAL) {
      throw CallFailure.invalid(
          field + ".propagation: mounts cannot come out of an image; leave it out");
    }
    if (!staysBelow(mount.getImageSubPath())) {
      throw CallFailure.invalid(
          field
              + ".image_sub_path \""
              + mount.getImageSubPath().replace("\0", "\\0")
              + "\" must be relative, without .. and NUL");
    }
  }

  private static boolean staysBelow(String path) {
    if (path.indexOf('\0') >= 0 || path.startsWith("/")) {
      return false;
    }
    for (Path part : Path.of(path)) {
      if (part.toString().equals("..")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Mounts the image and says what of it the container gets.
   *
   * @param layers of the image, the topmost first
   * @param target where, a path that does not exist
   * @param overlay options of the file system
   * @throws CallFailure when the image has no such directory
   */
  static BindMount make(
      Mount mount,
      List<Path> layers,
      Path target,
      @Nullable UserMapping user,
      Map<String, String> overlay)
      throws IOException, CallFailure {
    List<Path> lowers = new ArrayList<>(layers);
    Files.createDirectories(target);
    // An overlay has no fewer: an image of one layer may have whiteouts, and one may have no layer.
    for (int i = lowers.size(); i < 2; i++) {
      lowers.add(Files.createDirectory(target.resolveSibling(target.getFileName() + ".empty" + i)));
    }
    MappedLayers.use(
        lowers,
        target.resolveSibling(target.getFileName() + ".layers"),
        user,
        mapped -> Mounts.overlay(new Mounts.OverlayMount(mapped, null, null, target, overlay)));
    var options = new ArrayList<>(CONFINED);
    mount
        .getMountOptionsList()
        .forEach(option -> {
          options.remove("no" + option);
          options.add(option);
        });
    return new BindMount(
        mount.getContainerPath(),
        mount.getImageSubPath().isEmpty() ? target : below(mount, target),
        true,
        mount.getRecursiveReadOnly(),
        MountPropagation.PROPAGATION_PRIVATE,
        options);
  }

  /** The image decides what is there: links in it do not lead out of it. */
  private static Path below(Mount mount, Path target) throws IOException, CallFailure {
    int handle = OpenFlags.PATH | OpenFlags.DIRECTORY;
    try (Fd root = At.open(At.CWD, target.toString(), handle, 0);
        Fd sub =
            At.openIn(
                root, mount.getImageSubPath(), handle, 0, Resolve.IN_ROOT, Resolve.NO_MAGICLINKS)) {
      return Path.of(At.readlink(At.CWD, sub.procPath()));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        throw new CallFailure(
            Status.Code.INVALID_ARGUMENT,
            field(mount)
                + "_sub_path: image "
                + mount.getImage().getImage()
                + " has no directory "
                + mount.getImageSubPath(),
            e);
      }
      throw e;
    }
  }
}
