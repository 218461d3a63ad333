package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.status.StartException;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;

/**
 * What a pod has on this node besides what the runtime makes of it: cgroups, directories, volumes,
 * and the configurations that name them. All of it is derived from the pod's uid and made as often
 * as asked for.
 */
public interface PodParts {
  /**
   * Makes cgroups, directories and volumes, or brings them up to date.
   *
   * @throws IOException that says what could not be made
   */
  void prepare(Pod pod) throws IOException;

  /**
   * Brings what running containers see of the pod's volumes up to date: ConfigMaps, Secrets,
   * labels.
   *
   * @throws IOException that says what could not be updated
   */
  void refresh(Pod pod) throws IOException;

  /** The runtime handler of a pod; empty for the runtime's default. */
  String handler(Pod pod);

  /** The configuration of a pod's sandbox. */
  PodSandboxConfig sandbox(Pod pod, int attempt) throws IOException;

  /**
   * The configuration of a container.
   *
   * @param place what is known of the container only now
   * @throws StartException CreateContainerConfigError
   */
  ContainerConfig container(Pod pod, Container container, Place place) throws StartException;

  /**
   * Removes volumes, directories and cgroups of a pod of which nothing runs; one that has none is
   * fine.
   */
  void tearDown(String uid) throws IOException;

  /**
   * What is known of a container only when it is made.
   *
   * @param attempt how often one of its name has been started before
   * @param image its image
   * @param snapshot the pod as it is
   */
  record Place(
      int attempt, PodRuntime.Image image, PodSandboxConfig sandbox, PodSnapshot snapshot) {}
}
