package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.image.ImageStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All mounts of a container but the usual ones, with their sources made and resolved: of the host,
 * of images, and those that the image of the root file system declares.
 */
record ContainerMounts(ContainerRoots roots, ImageStore images) {
  /**
   * Makes them.
   *
   * @param overlay options of the overlays of images, those of the root's
   */
  List<BindMount> make(
      String id,
      ContainerOptions options,
      ContainerImages used,
      @Nullable UserMapping user,
      Map<String, String> overlay)
      throws IOException, CallFailure {
    var binds = new ArrayList<BindMount>();
    List<Mount> asked = options.config().getMountsList();
    for (int i = 0; i < asked.size(); i++) {
      Mount mount = asked.get(i);
      if (!mount.hasImage()) {
        BindMount bind = HostMounts.resolve(mount);
        binds.add(
            MappedVolumes.asked(mount)
                ? MappedVolumes.make(mount, bind, user, roots.volume(id, i))
                : bind);
      }
    }
    for (ContainerImages.Volume volume : used.volumes()) {
      binds.add(
          ImageVolumes.make(
              asked.get(volume.index()),
              images.lowerDirs(volume.image()),
              roots.volume(id, volume.index()),
              user,
              overlay));
    }
    List<String> declared = used.root().config().config().volumes().names();
    binds.addAll(DeclaredVolumes.of(roots.rootfs(id), declared, binds, user));
    return binds;
  }
}
