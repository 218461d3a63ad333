package dev.gantry.agent.api;

/** An object, or a part of it, that something is about. */
public record ObjectReference(
    String kind,
    String namespace,
    String name,
    String uid,
    String apiVersion,
    String resourceVersion,
    String fieldPath) {}
