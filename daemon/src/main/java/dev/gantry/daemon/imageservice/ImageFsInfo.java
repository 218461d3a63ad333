package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.daemon.stats.WritableLayers;
import dev.gantry.image.ImageStore;
import dev.gantry.linux.file.DiskUsage;
import java.nio.file.Path;

/** The disk used by images and by containers' writable layers, from sums that are kept. */
public final class ImageFsInfo implements Rpc<ImageFsInfoRequest, ImageFsInfoResponse> {
  private final ImageStore images;
  private final WritableLayers layers;
  private final Path imageDirectory;
  private final Path containerDirectory;

  public ImageFsInfo(
      ImageStore images, WritableLayers layers, Path imageDirectory, Path containerDirectory) {
    this.images = images;
    this.layers = layers;
    this.imageDirectory = imageDirectory;
    this.containerDirectory = containerDirectory;
  }

  @Override
  public ImageFsInfoResponse handle(ImageFsInfoRequest request) {
    layers.wanted();
    return ImageFsInfoResponse.newBuilder()
        .addImageFilesystems(usage(imageDirectory, images.usage()))
        .addContainerFilesystems(usage(containerDirectory, layers.sum()))
        .build();
  }

  private static FilesystemUsage usage(Path directory, DiskUsage.Usage used) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(Clock.now())
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(directory.toString()))
        .setUsedBytes(UInt64Value.newBuilder().setValue(used.bytes()))
        .setInodesUsed(UInt64Value.newBuilder().setValue(used.inodes()))
        .build();
  }
}
