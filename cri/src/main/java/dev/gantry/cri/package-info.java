@NullMarked
package dev.gantry.cri;

import org.jspecify.annotations.NullMarked;
