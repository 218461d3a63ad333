/** Talks CRI to a runtime: where it listens, the stubs, and its errors in words for people. */
@NullMarked
package dev.gantry.cli.client;

import org.jspecify.annotations.NullMarked;
