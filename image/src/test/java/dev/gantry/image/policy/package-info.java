@NullMarked
package dev.gantry.image.policy;

import org.jspecify.annotations.NullMarked;
