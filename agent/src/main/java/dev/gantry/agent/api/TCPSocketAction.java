package dev.gantry.agent.api;

/** A connection to the container. */
public record TCPSocketAction(IntOrString port, String host) {}
