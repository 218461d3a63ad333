package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;

/** A connection without a network, to which fuzzed bytes come in pieces; knows what is leaked. */
final class FuzzedChannel implements AutoCloseable {
  private static final int SMALLEST_PIECE = 1;
  private static final int LARGEST_ANSWER = 8 << 20;

  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
  private final EmbeddedChannel channel = new EmbeddedChannel();

  FuzzedChannel(ChannelHandler... handlers) {
    channel.config().setAllocator(buffers);
    channel.pipeline().addLast(handlers);
  }

  /** Adds a handler by its name. */
  void add(String name, ChannelHandler handler) {
    channel.pipeline().addLast(name, handler);
  }

  /** Gives the bytes in pieces of this size, as a network would in any. */
  void receive(byte[] bytes, int from, int piece) {
    long answered = 0;
    int size = Math.max(SMALLEST_PIECE, piece);
    for (int i = from; i < bytes.length && channel.isActive(); i += size) {
      int length = Math.min(size, bytes.length - i);
      channel.writeInbound(buffers.directBuffer(length).writeBytes(bytes, i, length));
      answered += drop();
    }
    if (answered > LARGEST_ANSWER) {
      throw new IllegalStateException(bytes.length + " bytes were answered with " + answered);
    }
  }

  private long drop() {
    long count = 0;
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      ByteBuf bytes = (ByteBuf) out;
      count += bytes.readableBytes();
      bytes.release();
    }
    if (channel.readInbound() != null) {
      throw new IllegalStateException("something came through all handlers");
    }
    return count;
  }

  /** Ends the connection; everything must be given back then. */
  @Override
  public void close() {
    channel.checkException();
    var _ = channel.close();
    channel.runPendingTasks();
    drop();
    channel.finishAndReleaseAll();
    long left = buffers.metric().usedDirectMemory();
    if (left > 0) {
      throw new IllegalStateException(left + " bytes of buffers are leaked");
    }
  }
}
