@NullMarked
package dev.gantry.cli.output;

import org.jspecify.annotations.NullMarked;
