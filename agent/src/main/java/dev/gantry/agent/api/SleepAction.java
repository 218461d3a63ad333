package dev.gantry.agent.api;

/** A pause. */
public record SleepAction(@Always long seconds) {}
