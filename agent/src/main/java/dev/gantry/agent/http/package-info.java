/**
 * The node's own API: everything on a unix socket that only root reaches, and what a kubelet shows
 * on its read-only port on a loopback address, if that is wanted. HTTP/1.1, one request per
 * connection, small enough to be written by hand.
 */
@NullMarked
package dev.gantry.agent.http;

import org.jspecify.annotations.NullMarked;
