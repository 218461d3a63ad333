/** Reads the log files that a runtime writes for its containers (CRI log format). */
@NullMarked
package dev.gantry.cli.log;

import org.jspecify.annotations.NullMarked;
