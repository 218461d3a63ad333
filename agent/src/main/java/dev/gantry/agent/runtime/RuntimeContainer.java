package dev.gantry.agent.runtime;

import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.Mount;
import java.time.Instant;
import java.util.Map;

/**
 * One container as the runtime's ContainerStatus has it.
 *
 * @param sandboxId the sandbox it is in
 * @param reason why it ended, in the runtime's word, such as {@code OOMKilled}
 * @param image the name that it was made by, as the runtime knows it
 * @param imageRef the digest reference of the image
 * @param mounts host path by container path
 */
public record RuntimeContainer(
    String id,
    String sandboxId,
    String name,
    ContainerPhase phase,
    Instant createdAt,
    Instant startedAt,
    Instant finishedAt,
    int exitCode,
    String reason,
    String message,
    String image,
    String imageRef,
    String logPath,
    Map<String, String> annotations,
    Map<String, String> mounts) {
  public RuntimeContainer {
    annotations = Map.copyOf(annotations);
    mounts = Map.copyOf(mounts);
  }

  static RuntimeContainer of(ContainerStatus status, String sandboxId) {
    var mounts = new java.util.HashMap<String, String>();
    for (Mount mount : status.getMountsList()) {
      mounts.put(mount.getContainerPath(), mount.getHostPath());
    }
    return new RuntimeContainer(
        status.getId(),
        sandboxId,
        status.getLabelsOrDefault(RuntimeLabels.CONTAINER_NAME, status.getMetadata().getName()),
        ContainerPhase.of(status.getState()),
        instant(status.getCreatedAt()),
        instant(status.getStartedAt()),
        instant(status.getFinishedAt()),
        status.getExitCode(),
        status.getReason(),
        status.getMessage(),
        status.getImage().getImage(),
        status.getImageRef(),
        status.getLogPath(),
        status.getAnnotationsMap(),
        mounts);
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(0, nanos);
  }

  public boolean running() {
    return phase == ContainerPhase.RUNNING;
  }

  public boolean exited() {
    return phase == ContainerPhase.EXITED;
  }

  /** Whether it has ended as a program that failed does, or nobody knows how. */
  public boolean failed() {
    return phase == ContainerPhase.UNKNOWN || (exited() && exitCode != 0);
  }

  /** How often a container of this name had been started before; from the kubelet's annotation. */
  public int restartCount() {
    try {
      return Integer.parseInt(annotations.getOrDefault(RuntimeLabels.RESTART_COUNT, "0"));
    } catch (NumberFormatException e) {
      return 0; // someone else's: it has not been restarted by us
    }
  }

  public String specHash() {
    return annotations.getOrDefault(RuntimeLabels.SPEC_HASH, "");
  }
}
