package dev.gantry.agent.api;

/** A wish about the node. */
public record PreferredSchedulingTerm(@Always int weight, @Always NodeSelectorTerm preference) {}
