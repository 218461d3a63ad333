package dev.gantry.streaming.spdy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads the compressed header blocks of one connection, in order (sections 2.6.10 and 2.6.10.1). A
 * block that inflates to more than {@link #LONGEST_BLOCK} bytes is refused, however small it came.
 */
public final class HeaderReader implements AutoCloseable {
  /** Most bytes of one block, inflated. */
  public static final int LONGEST_BLOCK = 16 << 10;

  /** Most headers of one block. */
  public static final int MOST_HEADERS = 64;

  private static final class Dictionary {
    private static final byte[] BYTES = read();

    private Dictionary() {}

    private static byte[] read() {
      try (InputStream in = HeaderReader.class.getResourceAsStream("dictionary")) {
        return Objects.requireNonNull(in, "the dictionary is in the jar").readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final Inflater inflater = new Inflater();
  private boolean closed;

  /**
   * The headers of one block, by name in small letters. Of several values of one name the first
   * stays: none of ours has more.
   *
   * @throws FrameException when it is no such block, or too long
   */
  public Map<String, String> read(byte[] block, int offset, int length) throws FrameException {
    if (closed) {
      throw new FrameException("headers after the last stream was opened");
    }
    try {
      return parse(inflate(block, offset, length));
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new FrameException("header block: " + e.getMessage());
    } catch (BufferUnderflowException e) {
      throw new FrameException("header block ends too early");
    }
  }

  private ByteBuffer inflate(byte[] block, int offset, int length)
      throws DataFormatException, FrameException {
    byte[] out = new byte[LONGEST_BLOCK + 1];
    inflater.setInput(block, offset, length);
    int count = 0;
    while (true) {
      int n = inflater.inflate(out, count, out.length - count);
      count += n;
      if (count > LONGEST_BLOCK) {
        throw new FrameException("header block of more than " + LONGEST_BLOCK + " bytes");
      }
      if (n == 0 && inflater.needsDictionary()) {
        inflater.setDictionary(Dictionary.BYTES);
      } else if (n == 0) {
        return ByteBuffer.wrap(out, 0, count);
      }
    }
  }

  private static Map<String, String> parse(ByteBuffer block) throws FrameException {
    if (!block.hasRemaining()) {
      return Map.of();
    }
    int count = block.getInt();
    if (count < 0 || count > MOST_HEADERS) {
      throw new FrameException("header block of " + Integer.toUnsignedString(count) + " headers");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = text(block).toLowerCase(Locale.ROOT);
      String values = text(block);
      int end = values.indexOf('\0');
      headers.putIfAbsent(name, end < 0 ? values : values.substring(0, end));
    }
    return headers;
  }

  private static String text(ByteBuffer block) throws FrameException {
    int length = block.getInt();
    if (length < 0 || length > block.remaining()) {
      throw new FrameException("header of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = new byte[length];
    block.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** No more headers are taken; gives the memory back. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      inflater.end();
    }
  }
}
