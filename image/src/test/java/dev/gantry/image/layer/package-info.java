@NullMarked
package dev.gantry.image.layer;

import org.jspecify.annotations.NullMarked;
