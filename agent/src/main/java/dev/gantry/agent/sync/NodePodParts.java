package dev.gantry.agent.sync;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.ImageVolumeSource;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.cgroup.PodCgroups;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.ContainerInputs;
import dev.gantry.agent.podspec.Environment;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.podspec.UserNamespaces;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StartException;
import dev.gantry.agent.volume.Mounts;
import dev.gantry.agent.volume.VolumeException;
import dev.gantry.agent.volume.Volumes;
import dev.gantry.agent.worker.ContainerPaths;
import dev.gantry.agent.worker.PodParts;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Cgroups, volumes, user namespaces and configurations, each from the part that knows it. */
final class NodePodParts implements PodParts {
  private final NodeFacts node;
  private final ObjectSource objects;
  private final PodCgroups cgroups;
  private final Volumes volumes;
  private final UserNamespaces namespaces;
  private final ImageManager images;
  private final Supplier<List<String>> userNamespaceHandlers;
  private final Map<String, Mounts> mounts = new ConcurrentHashMap<>();

  /**
   * The parts.
   *
   * @param userNamespaceHandlers asks the runtime which handlers can make user namespaces; only for
   *     pods that want one
   */
  NodePodParts(
      NodeFacts node,
      ObjectSource objects,
      PodCgroups cgroups,
      Volumes volumes,
      UserNamespaces namespaces,
      ImageManager images,
      Supplier<List<String>> userNamespaceHandlers) {
    this.node = node;
    this.objects = objects;
    this.cgroups = cgroups;
    this.volumes = volumes;
    this.namespaces = namespaces;
    this.images = images;
    this.userNamespaceHandlers = userNamespaceHandlers;
  }

  @Override
  public void prepare(Pod pod) throws IOException {
    cgroups.ensure(pod);
    try {
      mounts.put(pod.metadata().uid(), volumes.setUp(pod));
    } catch (VolumeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void refresh(Pod pod) throws IOException {
    try {
      volumes.refresh(pod);
    } catch (VolumeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public String handler(Pod pod) {
    return PodConfigs.runtimeHandler(pod);
  }

  @Override
  public PodSandboxConfig sandbox(Pod pod, int attempt) throws IOException {
    if (Boolean.FALSE.equals(pod.spec().hostUsers())) {
      requireUserNamespaces(handler(pod));
    }
    try {
      PodSandboxConfig config = PodConfigs.sandbox(pod, attempt, namespaces.of(pod), node);
      Files.createDirectories(Path.of(config.getLogDirectory()));
      return config;
    } catch (ContainerConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * A runtime that does not know of them would run the pod as the node's users, and say nothing.
   */
  private void requireUserNamespaces(String handler) throws IOException {
    if (!userNamespaceHandlers.get().contains(handler)) {
      throw new IOException(
          "can't set `spec.hostUsers: false`, "
              + (handler.isEmpty() ? "runtime" : "RuntimeClass handler \"" + handler + "\"")
              + " does not support user namespaces");
    }
  }

  @Override
  public ContainerConfig container(Pod pod, Container container, Place place)
      throws StartException {
    try {
      List<String> ips = pod.spec().hostNetwork() ? node.ips() : place.snapshot().ips();
      Map<String, String> env = Environment.resolve(pod, container, objects, node, ips);
      List<Mount> all =
          volumes.mounts(
              pod, container, mountsOf(pod), env, imageVolumes(pod, container, place), ips);
      ContainerInputs inputs =
          new ContainerInputs(
              place.attempt(),
              place.image().id(),
              place.image().uid().orElse(null),
              place.image().username(),
              env,
              all,
              target(pod, container, place),
              namespaces.of(pod));
      ContainerConfig config = PodConfigs.container(pod, container, inputs, node);
      Path log = Path.of(place.sandbox().getLogDirectory(), config.getLogPath());
      Files.createDirectories(log.getParent());
      return config;
    } catch (ContainerConfigException | VolumeException | IOException e) {
      throw new StartException(Reason.CONFIG, String.valueOf(e.getMessage()), e);
    }
  }

  private Mounts mountsOf(Pod pod) throws VolumeException {
    Mounts known = mounts.get(pod.metadata().uid());
    return known == null ? volumes.setUp(pod) : known;
  }

  private Map<String, ImageSpec> imageVolumes(Pod pod, Container container, Place place)
      throws StartException, VolumeException {
    Map<String, ImageSpec> specs = new HashMap<>();
    for (Map.Entry<String, ImageVolumeSource> volume : mountsOf(pod).images().entrySet()) {
      boolean used =
          container.volumeMounts().stream().anyMatch(m -> m.name().equals(volume.getKey()));
      if (used) {
        ImageVolumeSource source = volume.getValue();
        String path = ContainerPaths.of(pod, container.name());
        String id =
            images.ensure(pod, source.reference(), source.pullPolicy(), path, place.sandbox()).id();
        specs.put(
            volume.getKey(),
            ImageSpec.newBuilder().setImage(id).setUserSpecifiedImage(source.reference()).build());
      }
    }
    return specs;
  }

  private static @Nullable String target(Pod pod, Container container, Place place)
      throws StartException {
    String name =
        pod.spec().ephemeralContainers().stream()
            .filter(e -> e.container().name().equals(container.name()))
            .map(EphemeralContainer::targetContainerName)
            .findFirst()
            .orElse("");
    if (name.isEmpty()) {
      return null;
    }
    return place
        .snapshot()
        .container(name)
        .filter(RuntimeContainer::running)
        .map(RuntimeContainer::id)
        .orElseThrow(() ->
            new StartException(Reason.CONFIG, "target container " + name + " is not running"));
  }

  @Override
  public void tearDown(String uid) throws IOException {
    mounts.remove(uid);
    cgroups.remove(uid);
    volumes.tearDown(uid);
    namespaces.release(uid);
  }
}
