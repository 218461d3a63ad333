package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** Where a volume appears in a container. */
public record VolumeMount(
    @Always String name,
    boolean readOnly,
    @Nullable RecursiveReadOnlyMode recursiveReadOnly,
    @Always String mountPath,
    String subPath,
    @Nullable MountPropagationMode mountPropagation,
    String subPathExpr) {}
