/** Frames of SPDY/3.1, as far as Kubernetes uses them; for both ends of a connection. */
@NullMarked
package dev.gantry.streaming.spdy;

import org.jspecify.annotations.NullMarked;
