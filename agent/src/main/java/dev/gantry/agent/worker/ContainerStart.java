package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Lifecycle;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StartException;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.time.Duration;
import java.util.List;

/** Starts a container: image, configuration, create, start, postStart hook. */
final class ContainerStart {
  private final PodRuntime runtime;
  private final ImageManager images;
  private final PodParts parts;
  private final EventRecorder events;
  private final Hooks hooks;
  private final PodKill kill;

  ContainerStart(
      PodRuntime runtime,
      ImageManager images,
      PodParts parts,
      EventRecorder events,
      Hooks hooks,
      PodKill kill) {
    this.runtime = runtime;
    this.images = images;
    this.parts = parts;
    this.events = events;
    this.hooks = hooks;
    this.kill = kill;
  }

  /**
   * Starts it.
   *
   * @param snapshot the pod as it is
   * @throws StartException with the reason for which it waits
   */
  void start(
      Pod pod,
      Container container,
      String sandboxId,
      PodSandboxConfig sandbox,
      PodSnapshot snapshot)
      throws StartException, InterruptedException {
    String path = ContainerPaths.of(pod, container.name());
    PodRuntime.Image image = image(pod, container, path, sandbox);
    ContainerConfig config = config(pod, container, path, image, sandbox, snapshot);
    String id = create(pod, path, sandboxId, config, sandbox);
    events.normal(pod, path, "Created", "Container created");
    try {
      runtime.startContainer(id);
    } catch (RuntimeCallException e) {
      throw failed(pod, path, Reason.RUN, e);
    }
    events.normal(pod, path, "Started", "Container started");
    postStart(pod, container, path, id, snapshot);
  }

  private PodRuntime.Image image(
      Pod pod, Container container, String path, PodSandboxConfig sandbox) throws StartException {
    try {
      return images.ensure(pod, container, path, sandbox);
    } catch (StartException e) {
      events.warning(pod, path, "Failed", "Error: " + e.reason().reason());
      throw e;
    }
  }

  private ContainerConfig config(
      Pod pod,
      Container container,
      String path,
      PodRuntime.Image image,
      PodSandboxConfig sandbox,
      PodSnapshot snapshot)
      throws StartException {
    int attempt =
        snapshot.container(container.name()).map(RuntimeContainer::restartCount).orElse(-1) + 1;
    try {
      return parts.container(pod, container, new PodParts.Place(attempt, image, sandbox, snapshot));
    } catch (StartException e) {
      events.warning(pod, path, "Failed", "Error: " + e.reason().message());
      throw e;
    }
  }

  private String create(
      Pod pod, String path, String sandboxId, ContainerConfig config, PodSandboxConfig sandbox)
      throws StartException {
    try {
      return runtime.createContainer(sandboxId, config, sandbox);
    } catch (RuntimeCallException e) {
      throw failed(pod, path, Reason.CREATE, e);
    }
  }

  private StartException failed(Pod pod, String path, String reason, RuntimeCallException e) {
    if (e.cancelled()) {
      throw e;
    }
    events.warning(pod, path, "Failed", "Error: " + e.detail());
    return new StartException(reason, e.detail(), e);
  }

  private void postStart(Pod pod, Container container, String path, String id, PodSnapshot snapshot)
      throws StartException, InterruptedException {
    Lifecycle lifecycle = container.lifecycle();
    if (lifecycle == null || lifecycle.postStart() == null) {
      return;
    }
    List<String> ips = snapshot.ips();
    try {
      hooks.run(lifecycle.postStart(), pod, container, id, ips, Duration.ZERO);
    } catch (Hooks.HookException e) {
      // The message may hold secrets of the container: the event does not repeat it.
      events.warning(pod, path, "FailedPostStartHook", "PostStartHook failed");
      kill.container(
          pod, new Kill(id, container.name(), Kill.Cause.POST_START, "FailedPostStartHook"), ips);
      throw new StartException(Reason.POST_START, String.valueOf(e.getMessage()), e);
    }
  }
}
