@NullMarked
package dev.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
