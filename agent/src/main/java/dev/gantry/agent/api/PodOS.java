package dev.gantry.agent.api;

/** The operating system that a pod is for. */
public record PodOS(@Always OSName name) {}
