@NullMarked
package dev.gantry.cli.local;

import org.jspecify.annotations.NullMarked;
