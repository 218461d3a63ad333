@NullMarked
package dev.gantry.testkit;

import org.jspecify.annotations.NullMarked;
