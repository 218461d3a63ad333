/** {@code gantry demo}: a pod with a web server, from nothing, in one command. */
@NullMarked
package dev.gantry.cli.demo;

import org.jspecify.annotations.NullMarked;
