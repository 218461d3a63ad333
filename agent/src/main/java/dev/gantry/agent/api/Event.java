package dev.gantry.agent.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that happened to an object. */
public record Event(
    ObjectMeta metadata,
    @Always ObjectReference involvedObject,
    String reason,
    String message,
    EventSource source,
    @Nullable Instant firstTimestamp,
    @Nullable Instant lastTimestamp,
    int count,
    String type)
    implements KubeObject {

  @Override
  public String apiVersion() {
    return "v1";
  }

  @Override
  public String kind() {
    return "Event";
  }
}
