package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A variable of a container's environment. */
public record EnvVar(@Always String name, String value, @Nullable EnvVarSource valueFrom) {}
