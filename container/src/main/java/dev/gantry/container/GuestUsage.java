package dev.gantry.container;

/**
 * What a container in a pod's sandbox uses, as the sandbox tells.
 *
 * @param cpuNanos processor time since its start
 * @param memoryBytes its memory
 * @param processes how many it has
 */
public record GuestUsage(long cpuNanos, long memoryBytes, long processes) {}
