/**
 * Seccomp profiles compiled to BPF once by libseccomp, where the OCI runtime would compile them at
 * each container's start.
 */
@NullMarked
package dev.gantry.linux.seccomp;

import org.jspecify.annotations.NullMarked;
