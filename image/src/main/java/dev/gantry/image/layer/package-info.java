/**
 * Turns the stream of one layer into one overlay lower directory, and settles it on the layers
 * below.
 */
@NullMarked
package dev.gantry.image.layer;

import org.jspecify.annotations.NullMarked;
