@NullMarked
package dev.gantry.daemon.config;

import org.jspecify.annotations.NullMarked;
