/** One class per command, named after it. */
@NullMarked
package dev.gantry.cli.command;

import org.jspecify.annotations.NullMarked;
