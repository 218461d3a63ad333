@NullMarked
package dev.gantry.bench;

import org.jspecify.annotations.NullMarked;
