package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A directory that is as old as the pod. */
public record EmptyDirVolumeSource(String medium, @Nullable Quantity sizeLimit) {}
