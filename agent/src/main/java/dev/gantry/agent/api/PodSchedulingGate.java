package dev.gantry.agent.api;

/** A reason not to start a pod yet. */
public record PodSchedulingGate(@Always String name) {}
