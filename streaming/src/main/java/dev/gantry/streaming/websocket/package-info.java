/** What both ends of a WebSocket connection must agree on (RFC 6455). */
@NullMarked
package dev.gantry.streaming.websocket;

import org.jspecify.annotations.NullMarked;
