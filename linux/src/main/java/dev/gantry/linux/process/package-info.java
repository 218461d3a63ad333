/**
 * Processes: spawning them by posix_spawn, waiting for them by pidfd, telling one from another that
 * got the same number later, and reaping what others left to us.
 *
 * <p>{@link java.lang.ProcessBuilder} is not used beside this package in the daemon: it starts a
 * process 1.5 ms slower and its reaper competes for the same children.
 */
@NullMarked
package dev.gantry.linux.process;

import org.jspecify.annotations.NullMarked;
