package dev.gantry.streaming.client;

import java.io.IOException;
import java.util.Map;

/** Streams to a server, whichever way they are carried. */
interface Connection extends Link {
  /** Who gets what comes on one stream; it may block, and then the server waits. */
  interface Sink {
    /** Data, or none: what a server sends as a sign that somebody is there. */
    void data(byte[] from, int offset, int length) throws IOException;

    /** Nothing more comes. */
    void end() throws IOException;
  }

  /** A stream that we write to. */
  interface Out {
    void write(byte[] from, int offset, int length) throws IOException;

    /** Says that nothing more is written. */
    void end() throws IOException;

    /** Says that neither direction matters any more. */
    void reset() throws IOException;
  }

  /** The subprotocol that the server chose. */
  String protocol();

  /**
   * Opens a stream.
   *
   * @param headers its kind and what it is for
   */
  Out open(Map<String, String> headers, Sink sink) throws IOException;

  /** Reads until the server ends the connection, and gives out what comes. */
  void run() throws IOException;
}
