package dev.gantry.agent.api;

/** An address of the pod. */
public record PodIP(@Always String ip) {}
