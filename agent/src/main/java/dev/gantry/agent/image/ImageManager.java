package dev.gantry.agent.image;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PullPolicy;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodRuntime.Image;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StartException;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees to it that an image is there, by the container's pull policy; the kubelet's image manager
 * with its reasons, events and back-off per pod and image.
 */
public final class ImageManager {
  private final PodRuntime runtime;
  private final EventRecorder events;
  private final PullSecrets secrets;
  private final InstantSource clock;
  private final Backoff backoff;
  private final Map<String, String> lastFailure = new ConcurrentHashMap<>();

  public ImageManager(
      PodRuntime runtime, EventRecorder events, PullSecrets secrets, InstantSource clock) {
    this.runtime = runtime;
    this.events = events;
    this.secrets = secrets;
    this.clock = clock;
    this.backoff = new Backoff(clock);
  }

  /**
   * A container's image, which is pulled if its policy wants that.
   *
   * @param path where the container stands in the pod, for events
   * @throws StartException with the reason for which the container waits
   */
  public Image ensure(Pod pod, Container container, String path, PodSandboxConfig sandbox)
      throws StartException {
    return ensure(pod, container.image(), container.imagePullPolicy(), path, sandbox);
  }

  /** As {@link #ensure(Pod, Container, String, PodSandboxConfig)}, for an image of a volume. */
  public Image ensure(
      Pod pod,
      String image,
      @org.jspecify.annotations.Nullable PullPolicy policy,
      String path,
      PodSandboxConfig sandbox)
      throws StartException {
    String name = named(pod, image, path);
    if (policy != PullPolicy.Always) {
      Optional<Image> there = present(pod, name, image, path);
      if (there.isPresent()) {
        events.normal(
            pod, path, "Pulled", "Container image \"" + image + "\" already present on machine");
        return there.get();
      }
    }
    if (policy == PullPolicy.Never) {
      String message = "Container image \"" + image + "\" is not present with pull policy of Never";
      events.warning(pod, path, "ErrImageNeverPull", message);
      throw new StartException(Reason.NEVER_PULL, message);
    }
    return pull(pod, name, image, path, sandbox);
  }

  private String named(Pod pod, String image, String path) throws StartException {
    try {
      return ImageReference.parse(image).toString();
    } catch (InvalidReferenceException e) {
      String message =
          "Failed to apply default image tag \""
              + image
              + "\": couldn't parse image name: "
              + e.getMessage();
      events.warning(pod, path, "InspectFailed", message);
      throw new StartException(Reason.INVALID_IMAGE, message, e);
    }
  }

  private Optional<Image> present(Pod pod, String name, String image, String path)
      throws StartException {
    try {
      return runtime.image(name);
    } catch (RuntimeCallException e) {
      String message = "Failed to inspect image \"" + image + "\": " + e.detail();
      events.warning(pod, path, "InspectFailed", message);
      throw new StartException(Reason.INSPECT_IMAGE, message, e);
    }
  }

  private Image pull(Pod pod, String name, String image, String path, PodSandboxConfig sandbox)
      throws StartException {
    String key = pod.metadata().uid() + "_" + image;
    if (backoff.untilSinceUpdate(key).isPresent()) {
      String message = "Back-off pulling image \"" + image + "\"";
      events.normal(pod, path, "BackOff", message);
      String last = lastFailure.get(key);
      throw new StartException(Reason.PULL_BACKOFF, last == null ? message : message + ": " + last);
    }
    events.normal(pod, path, "Pulling", "Pulling image \"" + image + "\"");
    Instant start = clock.instant();
    try {
      runtime.pull(name, secrets.of(pod, image), sandbox);
      Duration took = Duration.between(start, clock.instant());
      events.normal(
          pod,
          path,
          "Pulled",
          "Successfully pulled image \"%s\" in %s".formatted(image, text(took)));
      lastFailure.remove(key);
      // The runtime starts containers by id: the name may mean another image by then.
      return runtime.image(name).orElse(new Image(name, Optional.empty(), ""));
    } catch (RuntimeCallException e) {
      if (e.cancelled()) {
        throw e;
      }
      String message = "Failed to pull image \"" + image + "\": " + e.detail();
      events.warning(pod, path, "Failed", message);
      backoff.next(key, clock.instant());
      lastFailure.put(key, Reason.PULL + ": " + e.detail());
      throw new StartException(Reason.PULL, e.detail(), e);
    }
  }

  private static String text(Duration took) {
    return took.toMillis() < 1000
        ? took.toMillis() + "ms"
        : "%.3fs".formatted(took.toMillis() / 1000.0);
  }

  /** When a pod's images may be pulled again, if one of them waits for that. */
  public Optional<Instant> retryAt(Pod pod, Container container) {
    return backoff.untilSinceUpdate(pod.metadata().uid() + "_" + container.image());
  }

  /** Forgets a pod that is gone. */
  public void forget(String uid) {
    backoff.forget(uid + "_");
    lastFailure.keySet().removeIf(key -> key.startsWith(uid + "_"));
  }
}
