package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One of the streams of a {@link Wire}: bytes both ways, each of which ends by itself. What comes
 * before there is a receiver waits here.
 */
abstract class ByteStream {
  /**
   * Free bytes before the data of buffers that are given to {@link #write}, if they have them: a
   * frame's header goes there.
   */
  static final int ROOM = 16;

  /** Nobody: what comes is read and forgotten, so that it makes nobody wait. */
  static final Receiver NOBODY =
      new Receiver() {
        @Override
        public void data(ByteBuf data) {
          data.release();
        }

        @Override
        public void end() {
          // Nobody is to be told.
        }
      };

  private final Wire wire;
  private final Queue<ByteBuf> early = new ArrayDeque<>();
  private long earlyBytes;
  private boolean ended;
  private boolean dropped;
  private @Nullable Receiver receiver;

  /** Who gets what comes. */
  interface Receiver {
    /** Data, to be released by who gets it. */
    void data(ByteBuf data);

    /** Nothing more comes. */
    void end();
  }

  ByteStream(Wire wire) {
    this.wire = wire;
  }

  final Wire wire() {
    return wire;
  }

  /** Gives what has come, and what comes from here on. */
  final void receive(Receiver to) {
    receiver = to;
    wire.unblock(this);
    wire.waiting(-earlyBytes);
    earlyBytes = 0;
    while (!early.isEmpty()) {
      to.data(early.remove());
    }
    if (ended) {
      to.end();
    }
  }

  /** For the protocol: data has come; takes it over. */
  final void came(ByteBuf data) {
    wire.move();
    if (ended || dropped || wire.leaving()) {
      data.release();
    } else if (receiver != null) {
      receiver.data(data);
    } else {
      early.add(data);
      earlyBytes += data.readableBytes();
      wire.waiting(data.readableBytes());
      if (earlyBytes > Limits.WAITING_BYTES) {
        wire.block(this);
      }
    }
  }

  /** For the protocol: nothing more comes. */
  final void cameToEnd() {
    if (!ended) {
      ended = true;
      if (receiver != null) {
        receiver.end();
      }
    }
  }

  /** For the protocol: the stream is over; what waits is dropped, and what still comes. */
  final void drop() {
    dropped = true;
    early.forEach(ByteBuf::release);
    early.clear();
    wire.waiting(-earlyBytes);
    earlyBytes = 0;
    wire.unblock(this);
  }

  /** Whether the client has ended its direction. */
  final boolean ended() {
    return ended;
  }

  /** Sends data, and takes it over; {@link Wire#flush} then. */
  abstract void write(ByteBuf data);

  /** Says that nothing more is sent, where the protocol can say so. */
  abstract void end();

  /** Whether the protocol can say that one direction has ended and the other has not. */
  abstract boolean endsByDirection();

  /** Ends both directions in disorder, where the protocol can say so. */
  abstract void reset();
}
