/**
 * Containers, by conmon and an OCI runtime (crun, runc): create, start, signal, exec, delete, logs
 * and how they ended.
 *
 * <p>Begin with {@link dev.gantry.container.ContainerRuntime}; {@link
 * dev.gantry.container.ConmonRuntime} is its implementation, {@link
 * dev.gantry.container.ExitWatcher} tells when a container ends, {@link
 * dev.gantry.container.RuntimeProbe} finds the runtime that works on a host. A container lives and
 * writes its log without us: conmon is its parent, and leaves the exit code in a file.
 */
@NullMarked
package dev.gantry.container;

import org.jspecify.annotations.NullMarked;
