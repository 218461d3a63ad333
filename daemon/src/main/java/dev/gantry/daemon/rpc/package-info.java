/**
 * The gRPC edge: one server on a unix socket, one place where a call is timed, logged and its error
 * turned into a status, and one {@link dev.gantry.daemon.rpc.Rpc} per method. Knows nothing of
 * pods.
 */
@NullMarked
package dev.gantry.daemon.rpc;

import org.jspecify.annotations.NullMarked;
