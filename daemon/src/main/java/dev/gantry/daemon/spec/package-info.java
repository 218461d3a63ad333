/**
 * Spec generation: pure functions from what a container asks for, its image and facts of the host
 * to the OCI runtime specification. {@link dev.gantry.daemon.spec.SpecInput} holds all that goes
 * in; nothing here reads a file.
 */
@NullMarked
package dev.gantry.daemon.spec;

import org.jspecify.annotations.NullMarked;
