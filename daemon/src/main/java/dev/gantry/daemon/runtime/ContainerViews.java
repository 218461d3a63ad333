package dev.gantry.daemon.runtime;

import static java.util.Comparator.comparingLong;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerResources;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import dev.gantry.daemon.container.StopSignals;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.ArrayList;
import java.util.List;

/** How a container's record looks to a client of the CRI. */
final class ContainerViews {
  private ContainerViews() {}

  /** Whether clients see the container: from the moment that CreateContainer has succeeded. */
  static boolean visible(ContainerRecord container) {
    return container.getStage() != ContainerStage.CONTAINER_STAGE_CREATING;
  }

  /** The CRI's state; a container that is still being made counts as created. */
  static ContainerState state(ContainerRecord container) {
    return switch (container.getStage()) {
      case CONTAINER_STAGE_CREATING, CONTAINER_STAGE_CREATED -> ContainerState.CONTAINER_CREATED;
      case CONTAINER_STAGE_RUNNING -> ContainerState.CONTAINER_RUNNING;
      case CONTAINER_STAGE_EXITED -> ContainerState.CONTAINER_EXITED;
      case UNRECOGNIZED -> ContainerState.CONTAINER_UNKNOWN;
    };
  }

  /** The line of a list. */
  static Container line(ContainerRecord container) {
    ContainerConfig config = container.getConfig();
    return Container.newBuilder()
        .setId(container.getId())
        .setPodSandboxId(container.getPodId())
        .setMetadata(config.getMetadata())
        .setImage(config.getImage())
        .setImageRef(container.getImageId())
        .setImageId(container.getImageId())
        .setState(state(container))
        .setCreatedAt(container.getCreatedAt())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .build();
  }

  /** The whole status, as the kubelet wants it: image a tag, image_ref a repository digest. */
  static ContainerStatus status(ContainerRecord container) {
    ContainerConfig config = container.getConfig();
    var status =
        ContainerStatus.newBuilder()
            .setId(container.getId())
            .setMetadata(config.getMetadata())
            .setState(state(container))
            .setCreatedAt(container.getCreatedAt())
            .setStartedAt(container.getStartedAt())
            .setFinishedAt(container.getFinishedAt())
            .setExitCode(container.getExitCode())
            .setImage(ImageSpec.newBuilder(config.getImage()).setImage(container.getImageName()))
            .setImageRef(container.getImageRef())
            .setImageId(container.getImageId())
            .setReason(container.getReason())
            .setMessage(container.getMessage())
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .addAllMounts(mounts(container))
            .setLogPath(container.getLogPath())
            .setStopSignal(StopSignals.toCri(container.getStopSignal()));
    if (container.hasResources()) {
      status.setResources(ContainerResources.newBuilder().setLinux(container.getResources()));
    }
    if (container.hasUser()) {
      status.setUser(container.getUser());
    }
    return status.build();
  }

  /**
   * The statuses of a pod's containers, the newest first: a kubelet that takes them as they come
   * has the first of a name for the current one.
   */
  static List<ContainerStatus> statusesOf(String podId, RecordStore<ContainerRecord> containers) {
    return containers.all().stream()
        .map(Entry::record)
        .filter(container -> visible(container) && container.getPodId().equals(podId))
        .sorted(comparingLong(ContainerRecord::getCreatedAt).reversed())
        .map(ContainerViews::status)
        .toList();
  }

  /** As they were asked for; with images also which these turned out to be. */
  private static List<Mount> mounts(ContainerRecord container) {
    List<Mount> asked = container.getConfig().getMountsList();
    if (container.getVolumeImageRefsCount() == 0) {
      return asked;
    }
    var mounts = new ArrayList<Mount>();
    int next = 0;
    for (Mount mount : asked) {
      if (mount.hasImage()) {
        ImageSpec image =
            mount.getImage().toBuilder().setImageRef(container.getVolumeImageRefs(next++)).build();
        mounts.add(mount.toBuilder().setImage(image).build());
      } else {
        mounts.add(mount);
      }
    }
    return mounts;
  }
}
