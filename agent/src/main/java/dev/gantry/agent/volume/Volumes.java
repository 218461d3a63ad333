package dev.gantry.agent.volume;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The volumes of all pods, each below {@code PODS/UID}. Every call can be repeated. */
@SuppressWarnings("DoNotCallSuggester")
public final class Volumes {
  private final Path pods;
  private final ObjectSource objects;
  private final NodeFacts node;

  /** Volumes below this directory, which is made when it is needed. */
  public Volumes(Path pods, ObjectSource objects, NodeFacts node) {
    this.pods = pods;
    this.objects = objects;
    this.node = node;
  }

  /**
   * Makes all volumes of a pod, or finds them made.
   *
   * @throws VolumeException naming the volume and what it lacks
   */
  public Mounts setUp(Pod pod) throws VolumeException {
    throw new UnsupportedOperationException(pod.reference() + pods + objects + node);
  }

  /**
   * Brings configMap, secret, downwardAPI and projected volumes up to date, each at once for all
   * who read it; true if one of them changed.
   */
  public boolean refresh(Pod pod) throws VolumeException {
    throw new UnsupportedOperationException(pod.reference());
  }

  /** Unmounts and removes everything of a pod, its directory too. */
  public void tearDown(String podUid) throws IOException {
    throw new UnsupportedOperationException(podUid);
  }

  /** The pods that have a directory. */
  public List<String> podUids() throws IOException {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException(
        pod.reference() + container + volumes + env + images.keySet() + podIps);
  }
}
