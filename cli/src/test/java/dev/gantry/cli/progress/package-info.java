@NullMarked
package dev.gantry.cli.progress;

import org.jspecify.annotations.NullMarked;
