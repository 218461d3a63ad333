/**
 * The `gantry` command: everything a person types.
 *
 * <p>{@link dev.gantry.cli.Main} hands `gantry daemon` to the daemon and every other command to
 * picocli. A command is one class in {@code command}, named after it; it asks a CRI runtime through
 * {@code client} and prints through {@code output}. Verbs, options and columns are crictl's, so
 * that who knows one knows the other; what crictl lacks is added.
 */
@NullMarked
package dev.gantry.cli;

import org.jspecify.annotations.NullMarked;
