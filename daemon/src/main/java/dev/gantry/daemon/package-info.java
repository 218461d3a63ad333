@NullMarked
package dev.gantry.daemon;

import org.jspecify.annotations.NullMarked;
