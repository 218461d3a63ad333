@NullMarked
package dev.gantry.cli.node;

import org.jspecify.annotations.NullMarked;
