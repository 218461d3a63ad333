@NullMarked
package dev.gantry.image.http;

import org.jspecify.annotations.NullMarked;
