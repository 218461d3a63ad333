package dev.gantry.container;

import dev.gantry.linux.process.ProcessId;

/**
 * A container that waits to be started.
 *
 * @param conmon its monitor
 * @param init its first process, in our PID namespace
 */
public record Created(ProcessId conmon, ProcessId init) {}
