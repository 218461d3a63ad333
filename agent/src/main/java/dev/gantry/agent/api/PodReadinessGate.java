package dev.gantry.agent.api;

/** A condition that others set and that readiness waits for. */
public record PodReadinessGate(@Always String conditionType) {}
