/** The person's terminal while it shows a container's. */
@NullMarked
package dev.gantry.cli.terminal;

import org.jspecify.annotations.NullMarked;
