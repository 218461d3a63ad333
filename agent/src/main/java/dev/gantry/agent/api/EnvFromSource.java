package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** An object all of whose keys become variables. */
public record EnvFromSource(
    String prefix,
    @Nullable ConfigMapEnvSource configMapRef,
    @Nullable SecretEnvSource secretRef) {}
