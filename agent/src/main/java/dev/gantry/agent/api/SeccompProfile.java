package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A seccomp profile. */
public record SeccompProfile(SeccompProfileType type, @Nullable String localhostProfile) {}
