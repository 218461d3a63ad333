package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend.Running;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a descriptor to the client: a slow client makes the writer wait. */
final class OutputRelay implements EdgeFd.Reader {
  private static final Logger LOG = LoggerFactory.getLogger(OutputRelay.class);

  private final CommandSession session;
  private final EdgeFd from;
  private final @Nullable ByteStream to;
  private final @Nullable Tagged tagged;
  private boolean draining;
  private boolean waiting;
  private boolean atEnd;
  private boolean done;
  private int pauses;

  /** Which stream a packet is of, by its first byte. */
  record Tagged(
      int first, @Nullable ByteStream toFirst, int second, @Nullable ByteStream toSecond) {
    @Nullable ByteStream of(int tag) {
      return tag == first ? toFirst : tag == second ? toSecond : null;
    }
  }

  OutputRelay(
      CommandSession session, EdgeFd from, @Nullable ByteStream to, @Nullable Tagged tagged) {
    this.session = session;
    this.from = from;
    this.to = to;
    this.tagged = tagged;
  }

  void begin() {
    from.read(this);
  }

  @Override
  public void data(ByteBuf data) {
    ByteStream stream = to;
    if (tagged != null) {
      stream = tagged.of(data.readUnsignedByte());
    }
    if (stream == null) {
      data.release();
      return;
    }
    stream.write(data);
    if (!session.wire().writable()) {
      pause();
    }
  }

  private void pause() {
    from.pause();
    pauses++;
    if (tagged != null) {
      // The container, and its log, wait for this client.
      int pause = pauses;
      session.after(
          Limits.SLOW_READER.toNanos(),
          () -> {
            if (from.paused() && pause == pauses && !done) {
              session.tooSlow();
            }
          });
    }
  }

  void resume() {
    from.resume();
  }

  @Override
  public void turn() {
    session.wire().flush();
  }

  /**
   * The process has ended: all it wrote is in the pipe, and who else may write is not waited for.
   */
  void drain() {
    draining = true;
    if (!done) {
      from.readAnyway();
    }
  }

  @Override
  public void empty() {
    if (draining && !waiting) {
      waiting = true;
      session.after(Limits.DRAIN.toNanos(), this::end);
    }
  }

  @Override
  public void end(@Nullable IOException why) {
    atEnd = true;
    end();
  }

  private void end() {
    if (!done && !from.paused()) {
      done = true;
      session.finishIfDone();
    } else if (!done) {
      waiting = false;
    }
  }

  boolean done() {
    return done;
  }

  /** The session is over: who may still write goes on, to nobody. */
  void leave(Running of) {
    // A loop that ends closes what is watched on it before it tells that connections are closed.
    if (!atEnd && from.isOpen()) {
      try {
        of.leave(from.letGo());
      } catch (IOException e) {
        LOG.debug("an output that is left", e);
      }
    }
  }
}
