package dev.gantry.agent.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How a container ended. */
public record ContainerStateTerminated(
    @Always int exitCode,
    int signal,
    String reason,
    String message,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt,
    String containerID) {}
