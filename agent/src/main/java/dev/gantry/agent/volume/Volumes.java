package dev.gantry.agent.volume;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.EmptyDirVolumeSource;
import dev.gantry.agent.api.ImageVolumeSource;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.PodResources;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.MountTable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The volumes of all pods, each below {@code PODS/UID}. Every call can be repeated; calls for one
 * pod come one after another.
 *
 * <pre>
 *   PODS/UID/volumes/kubernetes.io~KIND/NAME        what a volume holds
 *   PODS/UID/volume-subpaths/NAME/CONTAINER/INDEX   a sub-path, pinned by a bind mount
 *   PODS/UID/containers/CONTAINER/RANDOM            the last words of a container
 *   PODS/UID/etc-hosts
 * </pre>
 */
public final class Volumes {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final int SHARED = 0777;
  private static final int SHARED_BY_GROUP = 02777;

  private final Path pods;
  private final ObjectSource objects;
  private final NodeFacts node;

  /** Volumes below this directory, which is made when it is needed. */
  public Volumes(Path pods, ObjectSource objects, NodeFacts node) {
    this.pods = pods.toAbsolutePath().normalize();
    this.objects = objects;
    this.node = node;
  }

  /**
   * Makes all volumes of a pod, or finds them made.
   *
   * @throws VolumeException naming the volume and what it lacks, as the kubelet's FailedMount event
   */
  public Mounts setUp(Pod pod) throws VolumeException {
    Map<String, Path> paths = new HashMap<>();
    Map<String, ImageVolumeSource> images = new HashMap<>();
    for (Volume volume : pod.spec().volumes()) {
      if (volume.image() != null) {
        images.put(volume.name(), volume.image());
      } else {
        paths.put(volume.name(), blocking(pod, volume, () -> setUp(pod, volume)));
      }
    }
    return new Mounts(paths, images);
  }

  /** What is done for one volume. */
  private interface Step<T> {
    T run() throws IOException, VolumeException;
  }

  private <T> T blocking(Pod pod, Volume volume, Step<T> step) throws VolumeException {
    try {
      return BlockingCalls.runToEnd(
          "set up volume " + volume.name() + " of " + pod.reference(), DEADLINE, step::run);
    } catch (IOException e) {
      Throwable cause = e.getCause() instanceof VolumeException own ? own : e;
      throw new VolumeException(
          "MountVolume.SetUp failed for volume \"" + volume.name() + "\" : " + cause.getMessage(),
          cause);
    }
  }

  private Path setUp(Pod pod, Volume volume) throws IOException, VolumeException {
    if (volume.hostPath() != null) {
      return HostPaths.prepare(volume.hostPath());
    }
    Path path = path(pod, volume);
    if (volume.emptyDir() != null) {
      emptyDir(pod, volume.emptyDir(), path);
    } else {
      write(pod, volume, path);
    }
    return path;
  }

  private Path path(Pod pod, Volume volume) {
    return directory(pod.metadata().uid())
        .resolve("volumes")
        .resolve("kubernetes.io~" + VolumeKind.of(volume).directory())
        .resolve(volume.name());
  }

  /** The directory of everything that a pod has on this node's disk. */
  public Path directory(String podUid) {
    if (podUid.isEmpty() || podUid.startsWith(".") || podUid.indexOf('/') >= 0) {
      throw new IllegalArgumentException("\"" + podUid + "\" is no uid of a pod");
    }
    return pods.resolve(podUid);
  }

  private void emptyDir(Pod pod, EmptyDirVolumeSource source, Path path) throws IOException {
    boolean fresh = !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    Files.createDirectories(path);
    boolean memory = source.medium().equals("Memory");
    if (memory && MountTable.at(path).isEmpty()) {
      dev.gantry.linux.mount.Mounts.memoryVolume(path, memorySize(pod, source), SHARED);
      fresh = true;
    }
    if (fresh) {
      share(pod, path);
    }
  }

  /** Everybody may write; what is made in it belongs to the pod's group. */
  private static void share(Pod pod, Path path) throws IOException {
    Long group = pod.spec().securityContext().fsGroup();
    if (group == null) {
      AtomicWriter.setMode(path, SHARED);
    } else {
      Files.setAttribute(path, "unix:gid", group.intValue(), LinkOption.NOFOLLOW_LINKS);
      AtomicWriter.setMode(path, SHARED_BY_GROUP);
    }
  }

  /** The least of its own limit, the pod's memory, and what all pods may have. */
  private long memorySize(Pod pod, EmptyDirVolumeSource source) {
    long size = node.allocatable().getOrDefault("memory", Quantity.of(node.memoryBytes())).value();
    long ofPod = podMemory(pod);
    size = ofPod > 0 ? Math.min(size, ofPod) : size;
    Quantity own = source.sizeLimit();
    return own != null && own.signum() > 0 ? Math.min(size, own.value()) : size;
  }

  /** The memory of a pod all of whose containers are limited, else 0. */
  private static long podMemory(Pod pod) {
    boolean limited =
        PodResources.areOfPod(pod.spec())
            || pod.spec().containers().stream()
                .allMatch(one -> one.resources().limits().containsKey("memory"));
    return limited
        ? PodResources.limits(pod.spec()).getOrDefault("memory", Quantity.ZERO).value()
        : 0;
  }

  private boolean write(Pod pod, Volume volume, Path path) throws IOException, VolumeException {
    SortedMap<String, AtomicWriter.File> files =
        Payload.of(volume, pod, objects, node).orElseThrow();
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(path);
      if (!VolumeKind.of(volume).inMemory()) {
        share(pod, path);
      }
    }
    if (VolumeKind.of(volume).inMemory() && MountTable.at(path).isEmpty()) {
      // What is secret does not reach the disk.
      long all = node.allocatable().getOrDefault("memory", Quantity.of(node.memoryBytes())).value();
      dev.gantry.linux.mount.Mounts.memoryVolume(path, all, SHARED);
      share(pod, path);
    }
    return new AtomicWriter(path, pod.spec().securityContext().fsGroup()).write(files);
  }

  /**
   * Brings configMap, secret, downwardAPI and projected volumes up to date, each at once for all
   * who read it; true if one of them changed. A mount with a sub-path keeps what it had.
   */
  public boolean refresh(Pod pod) throws VolumeException {
    boolean changed = false;
    for (Volume volume : pod.spec().volumes()) {
      if (VolumeKind.of(volume).isWritten()) {
        changed |= blocking(pod, volume, () -> write(pod, volume, path(pod, volume)));
      }
    }
    return changed;
  }

  /**
   * Unmounts and removes everything of a pod, its directory too. What host paths hold stays.
   *
   * @throws IOException when something could not be unmounted: then nothing is removed
   */
  public void tearDown(String podUid) throws IOException {
    Path directory = directory(podUid);
    BlockingCalls.runToEnd(
        "tear down the volumes of pod " + podUid,
        DEADLINE,
        () -> {
          dev.gantry.linux.mount.Mounts.unmountUnder(directory);
          List<MountTable.Entry> left = MountTable.under(directory);
          if (!left.isEmpty()) {
            throw new IOException("still mounted: " + left.getFirst().target());
          }
          DeleteTree.delete(directory);
          return true;
        });
  }

  /** The pods that have a directory. */
  public List<String> podUids() throws IOException {
    List<String> uids = new ArrayList<>();
    if (Files.isDirectory(pods)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(pods)) {
        all.forEach(path -> uids.add(path.getFileName().toString()));
      }
    }
    return uids;
  }

  /**
   * The mounts of one container: its volumes with their sub-paths, {@code /etc/hosts} and the file
   * of its termination message.
   *
   * @param env the container's environment, for {@code subPathExpr}
   * @param images the image of each image volume, as pulled
   * @param podIps the sandbox's addresses, for {@code /etc/hosts}
   */
  public List<Mount> mounts(
      Pod pod,
      Container container,
      Mounts volumes,
      Map<String, String> env,
      Map<String, ImageSpec> images,
      List<String> podIps)
      throws ContainerConfigException {
    ContainerMounts of =
        new ContainerMounts(
            pod, container, directory(pod.metadata().uid()), node, volumes, env, images);
    try {
      Optional<List<Mount>> mounts =
          BlockingCalls.runToEnd(
              "mounts of container " + container.name() + " of " + pod.reference(),
              DEADLINE,
              () -> Optional.of(of.all(podIps)));
      return mounts.orElseThrow();
    } catch (IOException e) {
      if (e.getCause() instanceof ContainerConfigException own) {
        throw own;
      }
      throw new ContainerConfigException(String.valueOf(e.getMessage()));
    }
  }
}
