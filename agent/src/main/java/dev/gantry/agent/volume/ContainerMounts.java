package dev.gantry.agent.volume;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RecursiveReadOnlyMode;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.api.VolumeMount;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.Expansion;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is mounted into one container. */
final class ContainerMounts {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerMounts.class);
  private static final String HOSTS = "/etc/hosts";

  private final Pod pod;
  private final Container container;
  private final Path directory;
  private final NodeFacts node;
  private final Mounts volumes;
  private final Map<String, String> env;
  private final Map<String, ImageSpec> images;

  /**
   * @param directory the pod's
   */
  ContainerMounts(
      Pod pod,
      Container container,
      Path directory,
      NodeFacts node,
      Mounts volumes,
      Map<String, String> env,
      Map<String, ImageSpec> images) {
    this.pod = pod;
    this.container = container;
    this.directory = directory;
    this.node = node;
    this.volumes = volumes;
    this.env = env;
    this.images = images;
  }

  List<Mount> all(List<String> podIps) throws IOException, ContainerConfigException {
    List<Mount> mounts = new ArrayList<>();
    for (int i = 0; i < container.volumeMounts().size(); i++) {
      mounts.add(mount(container.volumeMounts().get(i), i));
    }
    boolean ownHosts =
        container.volumeMounts().stream().anyMatch(mount -> mount.mountPath().equals(HOSTS));
    if (!ownHosts && (pod.spec().hostNetwork() || !podIps.isEmpty())) {
      mounts.add(plain(hosts(podIps), HOSTS));
    }
    mounts.add(plain(lastWords(), absolute(container.terminationMessagePath())));
    return mounts;
  }

  private Mount mount(VolumeMount mount, int index) throws IOException, ContainerConfigException {
    Volume volume =
        pod.spec().volumes().stream()
            .filter(one -> one.name().equals(mount.name()))
            .findFirst()
            .orElseThrow(() -> notFound(mount));
    VolumeKind kind = VolumeKind.of(volume);
    String subPath = subPath(mount);
    Mount.Builder result =
        Mount.newBuilder()
            .setContainerPath(absolute(mount.mountPath()))
            .setReadonly(mount.readOnly() || kind.isReadOnly())
            .setRecursiveReadOnly(recursively(mount))
            .setPropagation(propagation(mount));
    if (kind == VolumeKind.IMAGE) {
      ImageSpec image = images.get(mount.name());
      if (image == null) {
        throw notFound(mount);
      }
      return result.setImage(image).setImageSubPath(subPath).build();
    }
    Path path = volumes.paths().get(mount.name());
    if (path == null) {
      throw notFound(mount);
    }
    return result
        .setHostPath(subPath.isEmpty() ? path.toString() : pinned(mount, path, subPath, index))
        .build();
  }

  private ContainerConfigException notFound(VolumeMount mount) {
    return new ContainerConfigException(
        "cannot find volume \""
            + mount.name()
            + "\" to mount into container \""
            + container.name()
            + "\"");
  }

  private String subPath(VolumeMount mount) throws ContainerConfigException {
    String path =
        mount.subPathExpr().isEmpty()
            ? mount.subPath()
            : Expansion.expandAll(mount.subPathExpr(), env);
    if (path.startsWith("/")) {
      throw new ContainerConfigException(
          "error SubPath `" + path + "` must not be an absolute path");
    }
    if (Arrays.asList(path.split("/", -1)).contains("..")) {
      throw new ContainerConfigException(
          "unable to provision SubPath `" + path + "`: must not contain '..'");
    }
    return path;
  }

  /** Says no more than that it failed: the cause would tell the pod about the node's files. */
  private String pinned(VolumeMount mount, Path volume, String subPath, int index)
      throws ContainerConfigException {
    Path target =
        directory
            .resolve("volume-subpaths")
            .resolve(mount.name())
            .resolve(container.name())
            .resolve(String.valueOf(index));
    try {
      SubPaths.pin(volume, subPath, target);
    } catch (IOException e) {
      LOG.warn("sub-path {} of {}: {}", subPath, volume, e.getMessage());
      throw new ContainerConfigException(
          "failed to prepare subPath for volumeMount \""
              + mount.name()
              + "\" of container \""
              + container.name()
              + "\"");
    }
    return target.toString();
  }

  private boolean recursively(VolumeMount mount) throws ContainerConfigException {
    RecursiveReadOnlyMode mode = mount.recursiveReadOnly();
    if (mode == null || mode == RecursiveReadOnlyMode.Disabled || !mount.readOnly()) {
      return false;
    }
    if (mode == RecursiveReadOnlyMode.Enabled && !node.recursiveReadOnlyMounts()) {
      throw new ContainerConfigException(
          "failed to resolve recursive read-only mode: volume \""
              + mount.name()
              + "\" requested recursive read-only mode, but it is not supported by the runtime");
    }
    return node.recursiveReadOnlyMounts();
  }

  private static MountPropagation propagation(VolumeMount mount) {
    return switch (mount.mountPropagation()) {
      case HostToContainer -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
      case Bidirectional -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
      case None -> MountPropagation.PROPAGATION_PRIVATE;
      case null -> MountPropagation.PROPAGATION_PRIVATE;
    };
  }

  private Path hosts(List<String> podIps) throws IOException {
    Path file = Files.createDirectories(directory).resolve("etc-hosts");
    Files.writeString(file, HostsFile.of(pod, node, podIps));
    AtomicWriter.setMode(file, 0644);
    return file;
  }

  /** A file of its own for every start, which any user of the container may write. */
  private Path lastWords() throws IOException {
    Path of = Files.createDirectories(directory.resolve("containers").resolve(container.name()));
    Path file = of.resolve(String.format("%08x", ThreadLocalRandom.current().nextInt()));
    Files.createFile(file);
    AtomicWriter.setMode(file, 0666);
    return file;
  }

  private static Mount plain(Path path, String containerPath) {
    return Mount.newBuilder().setHostPath(path.toString()).setContainerPath(containerPath).build();
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }
}
