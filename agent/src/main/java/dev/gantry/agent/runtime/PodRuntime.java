package dev.gantry.agent.runtime;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the agent asks of a CRI runtime. Every call blocks, has a deadline, is given up when its
 * thread is interrupted, and throws {@link RuntimeCallException} when it fails.
 */
public interface PodRuntime {
  /** All pods of this agent. */
  List<RuntimePod> pods();

  /** One pod as it is now; one without sandboxes and containers when the runtime has none of it. */
  PodSnapshot inspect(String uid);

  /** Makes and starts a sandbox; the answer is its id. */
  String runSandbox(PodSandboxConfig config, String handler);

  /** Stops a sandbox with all that runs in it; one that is gone is fine. */
  void stopSandbox(String id);

  /** Removes a sandbox with all its containers; one that is gone is fine. */
  void removeSandbox(String id);

  /** Makes a container; the answer is its id. */
  String createContainer(String sandboxId, ContainerConfig config, PodSandboxConfig sandbox);

  void startContainer(String id);

  /** Stops a container, which is killed after {@code grace}; one that is gone is fine. */
  void stopContainer(String id, Duration grace);

  /** Removes a container that has ended, and its log; one that is gone is fine. */
  void removeContainer(String id);

  /** Runs a command in a container and waits for its end. */
  ExecResult exec(String containerId, List<String> command, Duration limit);

  /** An image that is there. */
  Optional<Image> image(String name);

  /** Brings an image. */
  void pull(String name, List<AuthConfig> auths, PodSandboxConfig sandbox);

  /**
   * An image.
   *
   * @param id by which containers are made of it
   * @param uid the user that its configuration names by number
   * @param username the user that it names by name; else empty
   */
  record Image(String id, Optional<Long> uid, String username) {}

  /**
   * What a command did.
   *
   * @param output both of its streams, cut to what fits a message
   */
  record ExecResult(int exitCode, String output) {}
}
