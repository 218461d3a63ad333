package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** How a volume was mounted. */
public record VolumeMountStatus(
    @Always String name,
    @Always String mountPath,
    boolean readOnly,
    @Nullable RecursiveReadOnlyMode recursiveReadOnly) {}
