@NullMarked
package dev.gantry.cli.recipe;

import org.jspecify.annotations.NullMarked;
