/** What is kept on disk: layer directories and the records of layers and images. */
@NullMarked
package dev.gantry.image.store;

import org.jspecify.annotations.NullMarked;
