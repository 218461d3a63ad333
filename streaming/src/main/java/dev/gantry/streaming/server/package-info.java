/**
 * The connections: HTTP until the upgrade, then {@link dev.gantry.streaming.server.SpdyConnection}
 * or {@link dev.gantry.streaming.server.WebSocketConnection} as a {@link
 * dev.gantry.streaming.server.Wire} of byte streams, which a session ties to descriptors. All of a
 * connection runs on its event loop and needs no lock.
 */
@NullMarked
package dev.gantry.streaming.server;

import org.jspecify.annotations.NullMarked;
