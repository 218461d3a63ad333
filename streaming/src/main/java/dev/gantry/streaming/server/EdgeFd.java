package dev.gantry.streaming.server;

import dev.gantry.linux.Fd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A pipe, terminal or socket on a connection's event loop: read while its reader wants, written as
 * fast as it takes. It is watched edge-triggered and stays registered, so that pausing costs
 * nothing and an end of the other side is no busy loop.
 */
final class EdgeFd implements EpollIoHandle {
  private static final int CHUNK = 64 << 10;
  private static final int READS_AT_A_TIME = 8;
  private static final int SMALL = CHUNK / 4;
  private static final EpollIoOps EVENTS =
      EpollIoOps.EPOLLIN
          .with(EpollIoOps.EPOLLOUT)
          .with(EpollIoOps.EPOLLRDHUP)
          .with(EpollIoOps.EPOLLET);
  private static final int OUT = EpollIoOps.EPOLLOUT.value() | EpollIoOps.EPOLLERR.value();

  private final EventLoop loop;
  private final ByteBufAllocator buffers;
  private final Fd fd;
  private final FileDescriptor descriptor;
  private final int largestWrite;
  private final Deque<ByteBuf> queue = new ArrayDeque<>();
  private @Nullable IoRegistration registration;
  private @Nullable Reader reader;
  private Runnable onRoom = () -> {};
  private @Nullable Runnable onDrained;
  private boolean paused;
  private boolean readable = true;
  private boolean writable = true;
  private boolean broken;
  private boolean closed;
  private boolean reading;
  private long queued;

  /** Who gets what is read. */
  interface Reader {
    /** Bytes, with {@link ByteStream#ROOM} before them; takes them over. */
    void data(ByteBuf data);

    /** All that was there was read: a good time to flush. Comes after every turn. */
    void turn();

    /** There is nothing to read just now. */
    void empty();

    /** The end; a terminal and a connection that was reset have errors for that. */
    void end(@Nullable IOException why);
  }

  /**
   * Takes the descriptor over.
   *
   * @param largestWrite most bytes of one write, as packets have a limit
   */
  EdgeFd(EventLoop loop, ByteBufAllocator buffers, Fd fd, int largestWrite) {
    this.loop = loop;
    this.buffers = buffers;
    this.fd = fd;
    this.descriptor = new FileDescriptor(fd.number());
    this.largestWrite = largestWrite;
  }

  /** Begins to watch; on the loop. */
  void open() {
    registration = ((IoEventLoop) loop).register(this).getNow();
    if (registration == null) {
      throw new IllegalStateException("not on the event loop");
    }
    registration.submit(EVENTS);
  }

  Fd descriptor() {
    return fd;
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    int ops = ((EpollIoEvent) event).ops().value();
    if ((ops & OUT) != 0) {
      writable = true;
      write();
    }
    if ((ops & ~EpollIoOps.EPOLLOUT.value()) != 0) {
      readable = true;
      read();
    }
  }

  /** Begins to read. */
  void read(Reader to) {
    reader = to;
    read();
  }

  /** Reads whether or not the kernel has said that there is something. */
  void readAnyway() {
    readable = true;
    read();
  }

  void pause() {
    paused = true;
  }

  boolean paused() {
    return paused;
  }

  void resume() {
    if (paused) {
      paused = false;
      read();
    }
  }

  private void read() {
    Reader to = reader;
    if (to == null || reading) {
      return;
    }
    reading = true;
    try {
      for (int i = 0; i < READS_AT_A_TIME && readable && !paused && !closed; i++) {
        readOnce(to);
      }
    } finally {
      reading = false;
    }
    to.turn();
    if (readable && !paused && !closed) {
      // Others have their turn first.
      loop.execute(this::read);
    }
  }

  private void readOnce(Reader to) {
    ByteBuf buffer = buffers.directBuffer(ByteStream.ROOM + CHUNK);
    IOException why = null;
    int count = -1;
    try {
      ByteBuffer into = buffer.internalNioBuffer(ByteStream.ROOM, CHUNK);
      count = descriptor.read(into, into.position(), into.limit());
    } catch (IOException e) {
      why = e;
    }
    if (count > 0) {
      to.data(fitted(buffer, count));
      return;
    }
    buffer.release();
    readable = false;
    if (count == 0) {
      to.empty();
    } else {
      reader = null;
      to.end(why);
    }
  }

  /** A few bytes must not hold a large buffer while they wait to be sent. */
  private ByteBuf fitted(ByteBuf buffer, int count) {
    buffer.setIndex(ByteStream.ROOM, ByteStream.ROOM + count);
    if (count >= SMALL) {
      return buffer;
    }
    ByteBuf small = buffers.directBuffer(ByteStream.ROOM + count);
    small.setIndex(ByteStream.ROOM, ByteStream.ROOM).writeBytes(buffer);
    buffer.release();
    return small;
  }

  /** Sets who is told when what was queued got less. */
  void onRoom(Runnable told) {
    onRoom = told;
  }

  /** Bytes that wait to be written. */
  long queued() {
    return queued;
  }

  /** Whether nobody takes what is written any more. */
  boolean broken() {
    return broken;
  }

  /** Writes, now or when there is room; takes the data over. */
  void write(ByteBuf data) {
    if (broken || closed || !data.isReadable()) {
      data.release();
      return;
    }
    ByteBuf direct = data;
    if (!data.isDirect() || data.nioBufferCount() != 1) {
      direct = buffers.directBuffer(data.readableBytes()).writeBytes(data);
      data.release();
    }
    queue.add(direct);
    queued += direct.readableBytes();
    write();
  }

  /** Does something when all that was given is written; at once if nobody takes it any more. */
  void whenDrained(Runnable then) {
    onDrained = then;
    write();
  }

  private void write() {
    long before = queued;
    while (writable && !broken && !closed && !queue.isEmpty()) {
      ByteBuf head = queue.element();
      int length = Math.min(head.readableBytes(), largestWrite);
      ByteBuffer from = head.internalNioBuffer(head.readerIndex(), length);
      try {
        int count = descriptor.write(from, from.position(), from.limit());
        writable = count > 0;
        head.skipBytes(count);
        queued -= count;
      } catch (IOException e) {
        // Nobody reads it any more: what there is to say about it, its end says.
        broken = true;
        dropQueue();
      }
      if (!broken && !head.isReadable()) {
        queue.remove().release();
      }
    }
    if (queued < before || broken) {
      onRoom.run();
    }
    Runnable then = onDrained;
    if (then != null && queue.isEmpty() && !closed) {
      onDrained = null;
      then.run();
    }
  }

  private void dropQueue() {
    queue.forEach(ByteBuf::release);
    queue.clear();
    queued = 0;
  }

  /** Whether it is neither closed nor let go. */
  boolean isOpen() {
    return !closed;
  }

  /** Stops watching; the descriptor stays open and is the caller's. */
  Fd letGo() {
    stop();
    return Fd.of(fd.release());
  }

  private void stop() {
    if (!closed) {
      closed = true;
      dropQueue();
      if (registration != null) {
        registration.cancel();
      }
    }
  }

  /** Stops watching and closes the descriptor; a second time does nothing. */
  @Override
  public void close() {
    stop();
    fd.close();
  }
}
