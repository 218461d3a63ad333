/**
 * The node agent from end to end: the real process, on a real runtime, with pods as people declare
 * them. The same cases run on Gantry's daemon and on containerd. All pods are declared at once, so
 * that what takes its time takes it together; each case then waits for its own.
 */
@NullMarked
package dev.gantry.cli.e2e;

import org.jspecify.annotations.NullMarked;
