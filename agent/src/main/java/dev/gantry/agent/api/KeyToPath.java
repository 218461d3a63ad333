package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** The file that a key becomes. */
public record KeyToPath(@Always String key, @Always String path, @Nullable Integer mode) {}
