package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection after its upgrade, whichever way it carries streams: who is told when it
 * can take more or is gone, and whether the client is made to wait.
 *
 * <p>Neither protocol has flow control of its own that its clients use, so waiting is for the whole
 * connection: we stop to read from it.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class Wire {
  private static final int TCP_ESTABLISHED = 1;

  private final Channel channel;
  private final Set<Object> blockedBy = new HashSet<>();
  private Runnable onWritable = () -> {};
  private Runnable onGone = () -> {};
  private Runnable heartbeat = () -> {};
  private long waiting;
  private long moved = System.nanoTime();
  private boolean gone;
  private boolean leaving;
  private @Nullable ScheduledFuture<?> look;

  Wire(Channel channel) {
    this.channel = channel;
  }

  EventLoop loop() {
    return channel.eventLoop();
  }

  /** Sets who is told that it can take more, and that the client is gone, which comes once. */
  void listen(Runnable writable, Runnable isGone) {
    onWritable = writable;
    onGone = isGone;
    if (gone) {
      isGone.run();
    }
  }

  /** Sets what writes something that the client needs not answer. */
  void heartbeat(Runnable writes) {
    heartbeat = writes;
  }

  boolean writable() {
    return channel.isWritable();
  }

  void flush() {
    channel.flush();
  }

  /** Something moved, one way or the other. */
  void move() {
    moved = System.nanoTime();
  }

  /** Ends the connection when nothing has moved for so long. */
  void endWhenIdle(Duration timeout) {
    long left = moved + timeout.toNanos() - System.nanoTime();
    if (left <= 0) {
      abort();
    } else if (!gone) {
      loop().schedule(() -> endWhenIdle(timeout), left, TimeUnit.NANOSECONDS);
    }
  }

  /** Makes the client wait until {@link #unblock} is called for the same reason. */
  void block(Object why) {
    if (blockedBy.add(why) && blockedBy.size() == 1 && !leaving) {
      channel.config().setAutoRead(false);
      look = loop().schedule(this::look, Limits.LOOK.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  void unblock(Object why) {
    if (blockedBy.remove(why) && blockedBy.isEmpty()) {
      listenAgain();
    }
  }

  private void listenAgain() {
    if (look != null) {
      look.cancel(false);
      look = null;
    }
    if (channel.isOpen()) {
      channel.config().setAutoRead(true);
    }
  }

  /**
   * While nothing is read, nothing tells that the client has closed the connection: what it has
   * sent before may fill its kernel's buffer and ours. So we say something; the kernel of one who
   * has closed answers that with a reset.
   */
  private void look() {
    if (gone || look == null) {
      return;
    }
    boolean there =
        !(channel instanceof EpollSocketChannel socket)
            || socket.tcpInfo(new EpollTcpInfo()).state() == TCP_ESTABLISHED;
    if (there) {
      if (channel.isWritable()) {
        heartbeat.run();
        channel.flush();
      }
      look = loop().schedule(this::look, Limits.LOOK.toNanos(), TimeUnit.NANOSECONDS);
    } else {
      abort();
    }
  }

  /** Counts input that waits somewhere behind the connection; negative when it was taken. */
  void waiting(long bytes) {
    waiting += bytes;
    if (waiting > Limits.WAITING_BYTES_OF_ALL) {
      block(this);
    } else if (waiting < Limits.WAITING_BYTES_OF_ALL / 2) {
      unblock(this);
    }
  }

  /** Everything was written: closes when the client does, and at the latest after a while. */
  void leave() {
    leaving = true;
    // A socket that is closed with unread input takes unread output with it.
    blockedBy.clear();
    listenAgain();
    channel.flush();
    loop().schedule(this::abort, Limits.FAREWELL.toNanos(), TimeUnit.NANOSECONDS);
  }

  boolean leaving() {
    return leaving;
  }

  /** Ends the connection at once. */
  void abort() {
    channel.close();
  }

  /** For the protocol's handler: the connection can take more, or less. */
  void writabilityChanged() {
    if (channel.isWritable()) {
      // Not from within the flush that made it so.
      loop().execute(onWritable);
    }
  }

  /** For the protocol's handler: the connection is closed. */
  void closed() {
    if (!gone) {
      gone = true;
      onGone.run();
    }
  }

  /** Where the buffers of this connection come from. */
  ByteBufAllocator buffers() {
    return channel.alloc();
  }

  /** A buffer of those that the connection writes best. */
  ByteBuf buffer(int size) {
    return channel.alloc().directBuffer(size);
  }
}
