package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A Secret all of whose keys become variables. */
public record SecretEnvSource(String name, @Nullable Boolean optional) {}
