/**
 * Reads tar archives as GNU tar, star, libarchive and Go write them, with bounds on everything an
 * archive may claim.
 */
@NullMarked
package dev.gantry.image.tar;

import org.jspecify.annotations.NullMarked;
