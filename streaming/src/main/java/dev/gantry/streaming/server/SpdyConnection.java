package dev.gantry.streaming.server;

import dev.gantry.streaming.spdy.FrameException;
import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderReader;
import dev.gantry.streaming.spdy.HeaderWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a SPDY/3.1 connection. Data is passed on as it comes, never put together;
 * control frames are bounded by {@link Frames#LONGEST_CONTROL}.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class SpdyConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(SpdyConnection.class);

  private final Opener opener;
  private final HeaderReader headerReader = new HeaderReader();
  private final HeaderWriter headerWriter = new HeaderWriter();
  private final Map<Integer, Stream> streams = new HashMap<>();
  private final byte[] control = new byte[Frames.HEADER_BYTES + Frames.LONGEST_CONTROL];
  private int have;
  private int dataLeft;
  private boolean dataFin;
  private int lastStream;
  private int replies;
  private boolean failed;
  private boolean noMoreStreams;
  private @Nullable Stream dataStream;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Wire wire;

  /** Decides about streams that the client wants to open. */
  interface Opener {
    /** The connection stands; before any stream. */
    void ready(Wire on);

    /** Whether the stream is wanted; it is reset otherwise. */
    boolean opened(Map<String, String> headers, int id, ByteStream stream);
  }

  SpdyConnection(Opener opener) {
    this.opener = opener;
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }

  private Wire wire() {
    if (wire == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return wire;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    wire = new Wire(ctx.channel());
    wire.heartbeat(() -> ctx.write(Unpooled.wrappedBuffer(Frames.windowUpdate(1, 1))));
    opener.ready(wire);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (in.isReadable() && !failed) {
        if (dataLeft > 0) {
          data(in);
        } else {
          header(in);
        }
      }
    } catch (FrameException e) {
      LOG.debug("a client's connection ends: {}", e.getMessage());
      failed = true;
      ctx.close();
    } finally {
      in.release();
    }
  }

  private void data(ByteBuf in) {
    int count = Math.min(dataLeft, in.readableBytes());
    dataLeft -= count;
    Stream to = dataStream;
    if (to == null) {
      in.skipBytes(count);
      return;
    }
    to.came(in.readRetainedSlice(count));
    if (dataLeft == 0 && dataFin) {
      ended(to);
    }
  }

  private static void ended(Stream stream) {
    stream.cameToEnd();
    stream.forgetIfOver();
  }

  private void header(ByteBuf in) throws FrameException {
    take(in, Frames.HEADER_BYTES);
    if (have < Frames.HEADER_BYTES) {
      return;
    }
    ByteBuffer header = ByteBuffer.wrap(control);
    int first = header.getInt();
    int second = header.getInt();
    int length = second & Frames.LONGEST_DATA;
    int flags = second >>> 24;
    if (!Frames.isControl(first)) {
      have = 0;
      beginData(first, length, (flags & Frames.FIN) != 0);
      return;
    }
    if (!Frames.isOurs(first)) {
      throw new FrameException("a frame of another version");
    }
    if (length > Frames.LONGEST_CONTROL) {
      throw new FrameException("a control frame of " + length + " bytes");
    }
    take(in, Frames.HEADER_BYTES + length);
    if (have == Frames.HEADER_BYTES + length) {
      have = 0;
      control(first & 0xFFFF, flags, ByteBuffer.wrap(control, Frames.HEADER_BYTES, length));
    }
  }

  private void take(ByteBuf in, int until) {
    int count = Math.min(until - have, in.readableBytes());
    if (count > 0) {
      in.readBytes(control, have, count);
      have += count;
    }
  }

  private void beginData(int id, int length, boolean fin) {
    dataStream = streams.get(id);
    dataLeft = length;
    dataFin = fin;
    if (length == 0 && fin && dataStream != null) {
      ended(dataStream);
    }
  }

  private void control(int type, int flags, ByteBuffer body) throws FrameException {
    int least = type == Frames.SYN_STREAM ? 10 : type == Frames.RST_STREAM ? 8 : 4;
    if (body.remaining() < least) {
      throw new FrameException("a control frame that is too short");
    }
    switch (type) {
      case Frames.SYN_STREAM -> open(flags, body);
      case Frames.RST_STREAM -> resetByClient(body.getInt());
      case Frames.PING -> ping(body.getInt());
      case Frames.SYN_REPLY, Frames.HEADERS ->
          // Nothing of ours needs an answer.
          headers(body, 4);
      default -> {
        // SETTINGS, GOAWAY and WINDOW_UPDATE ask nothing of one who has no windows; others are
        // to be ignored.
      }
    }
  }

  private void open(int flags, ByteBuffer body) throws FrameException {
    Map<String, String> headers = headers(body, 10);
    int id = body.getInt();
    if (id <= lastStream || (id & 1) == 0) {
      throw new FrameException("stream " + id + " after stream " + lastStream);
    }
    lastStream = id;
    Stream stream = new Stream(wire(), id);
    if (noMoreStreams || streams.size() >= Limits.STREAMS || !opener.opened(headers, id, stream)) {
      reply(Frames.reset(id, Frames.REFUSED_STREAM));
      return;
    }
    streams.put(id, stream);
    reply(Frames.synReply(id, headerWriter.write(Map.of())));
    if ((flags & Frames.FIN) != 0) {
      stream.cameToEnd();
    }
  }

  /**
   * The headers of a frame, none once no more streams are wanted: what is compressed must be read
   * in order, to the last that counts.
   */
  private Map<String, String> headers(ByteBuffer body, int offset) throws FrameException {
    return noMoreStreams
        ? Map.of()
        : headerReader.read(control, body.position() + offset, body.remaining() - offset);
  }

  private void resetByClient(int id) {
    Stream stream = streams.remove(id);
    if (stream != null) {
      stream.finished = true;
      if (stream == dataStream) {
        dataStream = null;
      }
      stream.cameToEnd();
      stream.onReset.run();
      stream.drop();
    }
  }

  private void ping(int id) throws FrameException {
    if ((id & 1) != 0) {
      reply(Frames.ping(id));
    }
  }

  /** A client that makes us answer and does not read the answers is none that we keep. */
  private void reply(byte[] frame) throws FrameException {
    if (replies >= Limits.WAITING_REPLIES) {
      throw new FrameException("more than " + replies + " answers are not read");
    }
    replies++;
    context().writeAndFlush(Unpooled.wrappedBuffer(frame)).addListener(done -> replies--);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    wire().writabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    failed = true;
    headerReader.close();
    streams.values().forEach(ByteStream::drop);
    wire().closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a client's connection ends", cause);
    ctx.close();
  }

  /** Everything was written: says so, and waits for the client to close. */
  void leave() {
    if (context().channel().isActive()) {
      context().write(Unpooled.wrappedBuffer(Frames.goAway(lastStream)));
      wire().leave();
    }
  }

  /**
   * Every stream is open that will be: gives back what the headers of more would need, and refuses
   * those.
   */
  void noMoreStreams() {
    noMoreStreams = true;
    headerReader.close();
  }

  /** One stream. */
  final class Stream extends ByteStream {
    private final int id;
    private boolean finished;
    private Runnable onReset = () -> {};

    private Stream(Wire on, int id) {
      super(on);
      this.id = id;
    }

    /** Sets who is told that the client has reset the stream. */
    void onReset(Runnable told) {
      onReset = told;
    }

    @Override
    void write(ByteBuf data) {
      wire().move();
      if (finished) {
        data.release();
        return;
      }
      if (data.readerIndex() >= Frames.HEADER_BYTES) {
        int length = data.readableBytes();
        int start = data.readerIndex() - Frames.HEADER_BYTES;
        data.setInt(start, id).setInt(start + 4, length).readerIndex(start);
        context().write(data);
      } else {
        context().write(frame(data.readableBytes(), 0));
        context().write(data);
      }
    }

    private ByteBuf frame(int length, int flags) {
      return wire()
          .buffer(Frames.HEADER_BYTES)
          .writeInt(id)
          .writeInt(Frames.lengthAndFlags(length, flags));
    }

    @Override
    void end() {
      if (!finished) {
        finished = true;
        context().write(frame(0, Frames.FIN));
        forgetIfOver();
      }
    }

    @Override
    boolean endsByDirection() {
      return true;
    }

    @Override
    void reset() {
      if (streams.remove(id) != null) {
        finished = true;
        context().writeAndFlush(Unpooled.wrappedBuffer(Frames.reset(id, Frames.CANCEL)));
      }
      drop();
    }

    /** Both sides have ended it: it counts no more. */
    void forgetIfOver() {
      if (finished && ended()) {
        streams.remove(id);
      }
    }
  }
}
