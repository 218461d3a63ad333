package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;

/** The size of a terminal in characters. */
@Json
public record ConsoleSize(int height, int width) {}
