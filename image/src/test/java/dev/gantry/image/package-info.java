@NullMarked
package dev.gantry.image;

import org.jspecify.annotations.NullMarked;
