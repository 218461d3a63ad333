package dev.gantry.agent.api;

/** A kernel parameter of the pod's namespaces. */
public record Sysctl(@Always String name, @Always String value) {}
