package dev.gantry.streaming.client;

import dev.gantry.streaming.spdy.FrameException;
import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderReader;
import dev.gantry.streaming.spdy.HeaderWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The client's end of a SPDY/3.1 connection. */
final class SpdyClient implements Connection {
  private static final int CHUNK = 64 << 10;
  private static final byte[] NOTHING = {};
  private static final Incoming.Taker NOBODY = (from, offset, length) -> {};

  private final Link link;
  private final Incoming in;
  private final OutputStream out;
  private final String protocol;
  private final HeaderWriter headerWriter = new HeaderWriter();
  private final HeaderReader headerReader = new HeaderReader();
  private final ReentrantLock writing = new ReentrantLock();
  private final Map<Integer, Sink> sinks = new ConcurrentHashMap<>();
  private final ByteBuffer frame = ByteBuffer.allocate(Frames.HEADER_BYTES + CHUNK);
  private int nextStream = 1;

  SpdyClient(Link link, Incoming in, OutputStream out, String protocol) {
    this.link = link;
    this.in = in;
    this.out = out;
    this.protocol = protocol;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public Out open(Map<String, String> headers, Sink sink) throws IOException {
    writing.lock();
    try {
      int id = nextStream;
      nextStream += 2;
      sinks.put(id, sink);
      out.write(Frames.synStream(id, headerWriter.write(headers)));
      out.flush();
      return new Stream(id);
    } finally {
      writing.unlock();
    }
  }

  private void data(int id, byte[] from, int offset, int length) throws IOException {
    writing.lock();
    try {
      frame.clear().putInt(id).putInt(length).put(from, offset, length);
      out.write(frame.array(), 0, frame.position());
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  private void send(byte[] frame) throws IOException {
    writing.lock();
    try {
      out.write(frame);
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void run() throws IOException {
    try {
      while (true) {
        int first = in.readInt();
        int second = in.readInt();
        int length = second & Frames.LONGEST_DATA;
        boolean fin = ((second >>> 24) & Frames.FIN) != 0;
        if (!Frames.isControl(first)) {
          data(first, length, fin);
        } else if (length > Frames.LONGEST_CONTROL) {
          throw new FrameException("a control frame of " + length + " bytes");
        } else {
          control(first & 0xFFFF, in.readNBytes(length), fin);
        }
      }
    } catch (EOFException end) {
      for (Sink sink : sinks.values()) {
        sink.end();
      }
    } finally {
      headerReader.close();
    }
  }

  private void data(int id, int length, boolean fin) throws IOException {
    Sink sink = sinks.get(id);
    if (length == 0 && sink != null) {
      sink.data(NOTHING, 0, 0);
    }
    Incoming.Taker taker = sink == null ? NOBODY : sink::data;
    for (int left = length; left > 0; ) {
      int count = in.pass(left, taker);
      if (count < 0) {
        throw new EOFException("the server ended the connection");
      }
      left -= count;
    }
    if (fin) {
      end(id);
    }
  }

  private void end(int id) throws IOException {
    Sink sink = sinks.remove(id);
    if (sink != null) {
      sink.end();
    }
  }

  private void control(int type, byte[] body, boolean fin) throws IOException {
    if (body.length < 4) {
      throw new FrameException("a control frame that is too short");
    }
    int id = ByteBuffer.wrap(body).getInt();
    switch (type) {
      case Frames.SYN_REPLY -> {
        headerReader.read(body, 4, body.length - 4);
        if (fin) {
          end(id);
        }
      }
      case Frames.RST_STREAM -> end(id);
      case Frames.PING -> {
        if ((id & 1) == 0) {
          send(Frames.ping(id));
        }
      }
      default -> {
        // GOAWAY comes before the end of the connection, and that says enough.
      }
    }
  }

  @Override
  public void leave() throws IOException {
    link.leave();
  }

  @Override
  public void close() throws IOException {
    link.close();
  }

  private final class Stream implements Out {
    private final int id;

    Stream(int id) {
      this.id = id;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      for (int done = 0; done < length; ) {
        int count = Math.min(CHUNK, length - done);
        data(id, from, offset + done, count);
        done += count;
      }
    }

    @Override
    public void end() throws IOException {
      send(
          ByteBuffer.allocate(Frames.HEADER_BYTES)
              .putInt(id)
              .putInt(Frames.lengthAndFlags(0, Frames.FIN))
              .array());
    }

    @Override
    public void reset() throws IOException {
      sinks.remove(id);
      send(Frames.reset(id, Frames.CANCEL));
    }
  }
}
