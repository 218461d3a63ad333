package dev.gantry.agent.api;

/** A field of the pod itself. */
public record ObjectFieldSelector(@Default("v1") String apiVersion, @Always String fieldPath) {}
