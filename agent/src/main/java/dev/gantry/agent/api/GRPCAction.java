package dev.gantry.agent.api;

/** A call of the gRPC health service. */
public record GRPCAction(@Always int port, @Always String service) {}
