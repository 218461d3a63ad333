package dev.gantry.agent.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Since when a container runs. */
public record ContainerStateRunning(@Nullable Instant startedAt) {}
