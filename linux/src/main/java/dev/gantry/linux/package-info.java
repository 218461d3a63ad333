/**
 * The kernel as the rest of Gantry sees it, and the only room with {@code java.lang.foreign}: here
 * the errors, file descriptors, the pool for calls that block and the plumbing; in the packages
 * below one concern each (file, mount, namespace, process, event, cgroup, net, seccomp, crypto,
 * systemd).
 *
 * <p>{@link dev.gantry.linux.Native} and {@link dev.gantry.linux.Nr} are for this module's own
 * classes. Calls that block are meant to run inside {@link dev.gantry.linux.BlockingCalls}: the
 * classes here don't do that themselves, because the caller knows the deadline and may join several
 * calls in one.
 */
@NullMarked
package dev.gantry.linux;

import org.jspecify.annotations.NullMarked;
