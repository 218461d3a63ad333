@NullMarked
package dev.gantry.cli.command;

import org.jspecify.annotations.NullMarked;
