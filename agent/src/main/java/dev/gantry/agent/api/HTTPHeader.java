package dev.gantry.agent.api;

/** A header of a request. */
public record HTTPHeader(@Always String name, @Always String value) {}
