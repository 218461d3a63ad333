/** Sending images to registries. */
@NullMarked
package dev.gantry.image.push;

import org.jspecify.annotations.NullMarked;
