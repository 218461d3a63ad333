package dev.gantry.agent.api;

/** An address of the node. */
public record HostIP(@Always String ip) {}
