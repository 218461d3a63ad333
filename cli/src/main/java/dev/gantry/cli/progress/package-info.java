/**
 * How a transfer of layers is shown while it runs: {@link dev.gantry.cli.progress.Frame} says what
 * is to be seen, as a pure function; {@link dev.gantry.cli.progress.ProgressDisplay} shows it again
 * and again, in place on a terminal and as a line now and then elsewhere.
 */
@NullMarked
package dev.gantry.cli.progress;

import org.jspecify.annotations.NullMarked;
