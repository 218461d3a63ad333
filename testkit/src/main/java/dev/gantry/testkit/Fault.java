package dev.gantry.testkit;

import java.time.Duration;

/** What goes wrong with one answer on its way through a {@link FaultProxy}. */
public sealed interface Fault {
  /** Nothing. */
  record None() implements Fault {}

  /** The connection ends after so many bytes of the body, in order or by a TCP reset. */
  record Cut(int after, boolean reset) implements Fault {}

  /** The connection ends before an answer. */
  record Drop(boolean reset) implements Fault {}

  /** After so many bytes of the body nothing comes any more, and the connection stays. */
  record Stall(int after) implements Fault {}

  /** The byte at this offset, modulo the length, is another. */
  record Flip(int at) implements Fault {}

  /**
   * An error of the server's.
   *
   * @param retryAfter seconds of a Retry-After header, negative for none
   */
  record Refuse(int status, int retryAfter) implements Fault {}

  /** The body comes in small pieces. */
  record Trickle(int piece, Duration pause) implements Fault {}

  /** The body is to be fetched from another port, which is told nothing of who asks. */
  record Elsewhere(int status) implements Fault {}

  /** The body is shorter by so many bytes, and Content-Length agrees with that. */
  record Shorter(int by) implements Fault {}

  /** The body is followed by so many bytes more, and Content-Length agrees with that. */
  record Longer(int by) implements Fault {}

  /** What is wrong with the answer to a request for a range. */
  enum RangeLie {
    /** All of it with status 200, as a server that knows no ranges does. */
    IGNORED,
    /** Other bytes, and Content-Range says so. */
    OTHER,
    /** Other bytes, and Content-Range claims those asked for. */
    LYING,
    /** Status 206 without Content-Range. */
    UNSAID,
    /** A Content-Range that is none. */
    GARBLED,
    /** Status 416, although the range is good. */
    REFUSED
  }

  /** The range is not what was asked for. Without effect on requests for no range. */
  record Range(RangeLie lie) implements Fault {}

  /** Bytes that are no HTTP answer. */
  record Garbage(int seed) implements Fault {}

  /** Headers that are too many, too long or odd before a good body. */
  record OddHeaders(int seed) implements Fault {}
}
