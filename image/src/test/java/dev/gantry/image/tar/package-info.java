@NullMarked
package dev.gantry.image.tar;

import org.jspecify.annotations.NullMarked;
