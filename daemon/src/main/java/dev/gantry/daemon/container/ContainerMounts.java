package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.image.ImageStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All mounts of a container but the usual ones, with their sources made and resolved: of the host,
 * of images, and those that the image of the root file system declares.
 */
record ContainerMounts(ContainerRoots roots, ImageStore images) {
  List<BindMount> make(
      String id, ContainerOptions options, ContainerImages used, @Nullable UserMapping user)
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
              asked.get(volume.index()), volume, images, roots.volume(id, volume.index()), user));
    }
    List<String> declared = used.root().config().config().volumes().names();
    binds.addAll(DeclaredVolumes.of(roots.rootfs(id), declared, binds, user));
    return binds;
  }
}
