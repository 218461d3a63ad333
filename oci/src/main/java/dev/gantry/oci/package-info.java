@NullMarked
package dev.gantry.oci;

import org.jspecify.annotations.NullMarked;
