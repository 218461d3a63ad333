package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** The object that this one belongs to. */
public record OwnerReference(
    @Always String apiVersion,
    @Always String kind,
    @Always String name,
    @Always String uid,
    @Nullable Boolean controller,
    @Nullable Boolean blockOwnerDeletion) {}
