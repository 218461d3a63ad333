@NullMarked
package dev.gantry.cli.demo;

import org.jspecify.annotations.NullMarked;
