package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** An option of resolv.conf. */
public record PodDNSConfigOption(String name, @Nullable String value) {}
