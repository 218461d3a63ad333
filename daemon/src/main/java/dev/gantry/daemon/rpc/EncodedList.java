package dev.gantry.daemon.rpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * An answer that is nothing but a repeated message in its field 1, with every item encoded
 * beforehand: what is listed again and again is encoded when it changes and not when it is listed.
 */
public final class EncodedList {
  /** How it goes to the wire, where it is the message that it stands for. */
  public static final MethodDescriptor.Marshaller<EncodedList> MARSHALLER =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(EncodedList list) {
          return new Bytes(list);
        }

        @Override
        public EncodedList parse(InputStream stream) {
          throw new UnsupportedOperationException("a list is sent, not received");
        }
      };

  private static final int FIELD = 1;

  private final List<ByteString> items;
  private final int size;

  /**
   * The list of these items in this order.
   *
   * @param items each made by {@link #item}, or several of them one after the other
   */
  public EncodedList(List<ByteString> items) {
    this.items = List.copyOf(items);
    this.size = items.stream().mapToInt(ByteString::size).sum();
  }

  /** One item with its tag and length. */
  public static ByteString item(MessageLite message) {
    byte[] bytes = new byte[CodedOutputStream.computeMessageSize(FIELD, message)];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeMessage(FIELD, message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.checkNoSpaceLeft();
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The items one after the other; gRPC drains it, and reads it where it does not. */
  private static final class Bytes extends InputStream implements Drainable, KnownLength {
    private final EncodedList list;
    private int item;
    private int offset;
    private int left;

    Bytes(EncodedList list) {
      this.list = list;
      this.left = list.size;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int drained = left;
      var uncopied = new Uncopied(target);
      for (; item < list.items.size(); item++) {
        ByteString bytes = list.items.get(item);
        UnsafeByteOperations.unsafeWriteTo(offset == 0 ? bytes : bytes.substring(offset), uncopied);
        offset = 0;
      }
      left = 0;
      return drained;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int start, int most) {
      if (left == 0) {
        return -1;
      }
      ByteString bytes = list.items.get(item);
      int count = Math.min(most, bytes.size() - offset);
      bytes.substring(offset, offset + count).copyTo(target, start);
      offset += count;
      left -= count;
      if (offset == bytes.size()) {
        item++;
        offset = 0;
      }
      return count;
    }

    @Override
    public int available() {
      return left;
    }
  }

  /**
   * Hands the items' own arrays to gRPC, which copies from them. {@link ByteString#writeTo} would
   * copy each before, and that made a collection of garbage of every long list.
   */
  private static final class Uncopied extends ByteOutput {
    private final OutputStream target;

    Uncopied(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(byte value) throws IOException {
      target.write(value);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      target.write(from, offset, length);
    }

    @Override
    public void writeLazy(byte[] from, int offset, int length) throws IOException {
      target.write(from, offset, length);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      writeLazy(from);
    }

    @Override
    public void writeLazy(ByteBuffer from) throws IOException {
      while (from.hasRemaining()) {
        target.write(from.get());
      }
    }
  }
}
