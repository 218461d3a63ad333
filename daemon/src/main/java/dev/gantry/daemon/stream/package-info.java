/** What the streaming server's streams are connected to: containers, and the networks of pods. */
@NullMarked
package dev.gantry.daemon.stream;

import org.jspecify.annotations.NullMarked;
