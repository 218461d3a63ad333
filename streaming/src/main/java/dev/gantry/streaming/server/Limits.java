package dev.gantry.streaming.server;

import java.time.Duration;

/** What a client can make the server hold: everything that is not a setting. */
final class Limits {
  /** Connections in all; each has a token of its own but for those below. */
  static final int CONNECTIONS = 4096;

  /** Connections that have not shown a token yet; the oldest goes when there are more. */
  static final int STRANGERS = 256;

  /** How long a request may take to arrive, and a TLS handshake. */
  static final Duration REQUEST = Duration.ofSeconds(10);

  static final int REQUEST_LINE_BYTES = 4096;
  static final int REQUEST_HEADER_BYTES = 16 << 10;

  /** Largest WebSocket frame that is taken; clients send 32 KiB. */
  static final int WEBSOCKET_FRAME_BYTES = 1 << 20;

  /** Input of one stream that its taker has not taken, before the client is made to wait. */
  static final int WAITING_BYTES = 512 << 10;

  /** Input of all streams of a connection before the client is made to wait. */
  static final int WAITING_BYTES_OF_ALL = 4 << 20;

  /** Streams that a client may have open on one connection. */
  static final int STREAMS = 1024;

  /** Connections that one port-forward may have at a time. */
  static final int FORWARDS = 256;

  /** Ports of one port-forward that names them in its URL. */
  static final int NAMED_PORTS = 64;

  /** Control frames that wait for the client to read our answers to its own. */
  static final int WAITING_REPLIES = 256;

  /** A message about the size of the terminal. */
  static final int RESIZE_BYTES = 1024;

  /** How long a client may take to read the end, and close, after everything was sent. */
  static final Duration FAREWELL = Duration.ofSeconds(30);

  /** After an exit, how long others may go on writing to the same pipe. */
  static final Duration DRAIN = Duration.ofSeconds(1);

  /** How long one who is attached may read nothing while a container waits for him. */
  static final Duration SLOW_READER = Duration.ofSeconds(10);

  /** When to look whether a client that we do not listen to is still there. */
  static final Duration LOOK = Duration.ofSeconds(1);

  private Limits() {}
}
