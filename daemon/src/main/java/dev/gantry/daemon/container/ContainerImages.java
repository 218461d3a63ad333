package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.image.ImageStore;
import dev.gantry.image.ReferenceException;
import dev.gantry.image.StoredImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The images that a container is made of, all of them in the store.
 *
 * @param root that of its root file system
 * @param volumes those that its image volumes mount, in the order of the request's mounts
 */
public record ContainerImages(StoredImage root, List<Volume> volumes) {
  /**
   * An image volume.
   *
   * @param index its place among the request's mounts, which names what is made for it
   */
  public record Volume(int index, StoredImage image) {}

  public ContainerImages {
    volumes = List.copyOf(volumes);
  }

  /**
   * Looks the images up.
   *
   * @throws CallFailure NOT_FOUND naming the field and the image that is not on this node
   */
  public static ContainerImages find(ContainerOptions options, ImageStore images)
      throws CallFailure, ReferenceException {
    var volumes = new ArrayList<Volume>();
    List<Mount> mounts = options.config().getMountsList();
    for (int i = 0; i < mounts.size(); i++) {
      Mount mount = mounts.get(i);
      if (mount.hasImage()) {
        volumes.add(new Volume(i, volume(mount, images)));
      }
    }
    return new ContainerImages(root(options.config().getImage().getImage(), images), volumes);
  }

  private static StoredImage root(String name, ImageStore images)
      throws CallFailure, ReferenceException {
    StoredImage image =
        images
            .find(name)
            .orElseThrow(() ->
                CallFailure.notFound("image " + name + " is not on this node; pull it first"));
    if (image.artifactType() != null) {
      throw CallFailure.invalid(
          "image "
              + name
              + " is an artifact of type "
              + image.artifactType()
              + ", not a container image: no container can be made of it");
    }
    return image;
  }

  private static StoredImage volume(Mount mount, ImageStore images)
      throws CallFailure, ReferenceException {
    String name = mount.getImage().getImage();
    Optional<StoredImage> image = images.find(name);
    if (image.isEmpty()) {
      throw CallFailure.notFound(
          ImageVolumes.field(mount) + ": image " + name + " is not on this node; pull it first");
    }
    return image.get();
  }

  /** The ids of all of them, that of the root file system first. */
  public List<String> ids() {
    var ids = new ArrayList<String>();
    ids.add(root.id().toString());
    volumes.forEach(volume -> ids.add(volume.image().id().toString()));
    return ids;
  }
}
