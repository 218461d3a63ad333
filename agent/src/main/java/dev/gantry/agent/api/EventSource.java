package dev.gantry.agent.api;

/** Who reports an event. */
public record EventSource(String component, String host) {}
