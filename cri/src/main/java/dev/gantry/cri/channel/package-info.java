/** A client channel on a unix socket, and the measured settings of a server on one. */
@NullMarked
package dev.gantry.cri.channel;

import org.jspecify.annotations.NullMarked;
