/** Tests of images and back-off. */
@NullMarked
package dev.gantry.agent.image;

import org.jspecify.annotations.NullMarked;
