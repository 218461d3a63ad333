@NullMarked
package dev.gantry.image.transfer;

import org.jspecify.annotations.NullMarked;
