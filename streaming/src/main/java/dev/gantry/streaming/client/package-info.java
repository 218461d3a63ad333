/**
 * The other end: what a command-line client needs of exec, attach and port-forward. Plain blocking
 * sockets and no event loop, as a client that starts quickly has better things to load.
 */
@NullMarked
package dev.gantry.streaming.client;

import org.jspecify.annotations.NullMarked;
