/** Looks at the host as {@code gantry doctor} does: each missing piece, and what to do about it. */
@NullMarked
package dev.gantry.daemon.doctor;

import org.jspecify.annotations.NullMarked;
