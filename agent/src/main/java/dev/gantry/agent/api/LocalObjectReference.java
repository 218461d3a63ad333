package dev.gantry.agent.api;

/** The name of an object in the pod's namespace. */
public record LocalObjectReference(String name) {}
