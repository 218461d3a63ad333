package dev.gantry.agent.api;

/** What every replica looks like. */
public record PodTemplateSpec(@Always ObjectMeta metadata, @Always PodSpec spec) {}
