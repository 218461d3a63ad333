package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** Who a container's first process was started as. */
public record ContainerUser(@Nullable LinuxContainerUser linux) {}
