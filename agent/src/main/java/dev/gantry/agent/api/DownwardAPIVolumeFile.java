package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A field of the pod as a file; exactly one source is set. */
public record DownwardAPIVolumeFile(
    @Always String path,
    @Nullable ObjectFieldSelector fieldRef,
    @Nullable ResourceFieldSelector resourceFieldRef,
    @Nullable Integer mode) {}
