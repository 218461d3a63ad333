@NullMarked
package dev.gantry.cli.log;

import org.jspecify.annotations.NullMarked;
