/** What {@code gantry run} and {@code gantry demo} start on this machine by themselves. */
@NullMarked
package dev.gantry.cli.local;

import org.jspecify.annotations.NullMarked;
