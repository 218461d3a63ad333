package dev.gantry.agent.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a container is, and was before it was last started. */
public record ContainerStatus(
    @Always String name,
    @Always ContainerState state,
    @Always ContainerState lastState,
    @Always boolean ready,
    @Always int restartCount,
    @Always String image,
    @Always String imageID,
    String containerID,
    @Nullable Boolean started,
    Map<String, Quantity> allocatedResources,
    @Nullable ResourceRequirements resources,
    List<VolumeMountStatus> volumeMounts,
    @Nullable ContainerUser user,
    String stopSignal) {
  public ContainerStatus {
    allocatedResources = Fields.map(allocatedResources);
    volumeMounts = Fields.list(volumeMounts);
  }

  /** This with another {@code state}. */
  public ContainerStatus withState(ContainerState state) {
    return Shape.with(this, "state", state);
  }

  /** This with another {@code lastState}. */
  public ContainerStatus withLastState(ContainerState lastState) {
    return Shape.with(this, "lastState", lastState);
  }

  /** This with another {@code ready}. */
  public ContainerStatus withReady(boolean ready) {
    return Shape.with(this, "ready", ready);
  }

  /** This with another {@code restartCount}. */
  public ContainerStatus withRestartCount(int restartCount) {
    return Shape.with(this, "restartCount", restartCount);
  }

  /** This with another {@code started}. */
  public ContainerStatus withStarted(@Nullable Boolean started) {
    return Shape.with(this, "started", started);
  }

  /** This with another {@code resources}. */
  public ContainerStatus withResources(@Nullable ResourceRequirements resources) {
    return Shape.with(this, "resources", resources);
  }
}
