/**
 * What a pod sandbox is made of. One class for each thing it takes from the kernel, with a {@code
 * make} and an idempotent {@code undo}; {@link dev.gantry.daemon.pod.SandboxTeardown} undoes them
 * all by nothing but the record. {@code RunPodSandbox} calls the makes in order.
 */
@NullMarked
package dev.gantry.daemon.pod;

import org.jspecify.annotations.NullMarked;
