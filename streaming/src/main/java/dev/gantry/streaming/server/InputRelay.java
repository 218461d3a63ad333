package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;

/** From a client's stream to a descriptor: a slow taker makes the client wait. */
final class InputRelay implements ByteStream.Receiver {
  private final Wire wire;
  private final EdgeFd to;
  private final Runnable atEnd;
  private long counted;
  private boolean over;

  /**
   * Begins to relay; {@link ByteStream#receive} this.
   *
   * @param atEnd called when the client has ended the stream and all of it is written, or nobody
   *     takes it any more
   */
  InputRelay(Wire wire, EdgeFd to, Runnable atEnd) {
    this.wire = wire;
    this.to = to;
    this.atEnd = atEnd;
    to.onRoom(this::count);
  }

  @Override
  public void data(ByteBuf data) {
    to.write(data);
    count();
  }

  private void count() {
    long queued = to.queued();
    wire.waiting(queued - counted);
    counted = queued;
    if (queued > Limits.WAITING_BYTES) {
      wire.block(this);
    } else if (queued < Limits.WAITING_BYTES / 2) {
      wire.unblock(this);
    }
    if (to.broken() && !over) {
      over = true;
      atEnd.run();
    }
  }

  @Override
  public void end() {
    if (!over) {
      over = true;
      to.whenDrained(atEnd);
    }
  }

  /** The descriptor is closed: nothing waits for it any more. */
  void stop() {
    wire.waiting(-counted);
    counted = 0;
    wire.unblock(this);
  }
}
