@NullMarked
package dev.gantry.linux;

import org.jspecify.annotations.NullMarked;
