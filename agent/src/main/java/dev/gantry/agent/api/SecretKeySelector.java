package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A key of a Secret. */
public record SecretKeySelector(String name, @Always String key, @Nullable Boolean optional) {}
