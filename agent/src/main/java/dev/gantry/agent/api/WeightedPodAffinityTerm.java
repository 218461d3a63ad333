package dev.gantry.agent.api;

/** A wish about the pods beside one. */
public record WeightedPodAffinityTerm(
    @Always int weight, @Always PodAffinityTerm podAffinityTerm) {}
