/**
 * Exec, attach and port-forward over HTTP, as the kubelet, kubectl and crictl speak them: SPDY/3.1
 * and WebSocket, on one listener behind one-time URLs.
 *
 * <p>{@link dev.gantry.streaming.StreamingServer} is the door. What a stream is connected to comes
 * from a {@link dev.gantry.streaming.StreamBackend}, as descriptors that the server relays: every
 * connection lives on one event loop, so that an idle stream holds no thread, and whoever writes
 * faster than the other side reads is made to wait. Nothing of it is loaded before the first URL is
 * asked for.
 */
@NullMarked
package dev.gantry.streaming;

import org.jspecify.annotations.NullMarked;
