@NullMarked
package dev.gantry.container;

import org.jspecify.annotations.NullMarked;
