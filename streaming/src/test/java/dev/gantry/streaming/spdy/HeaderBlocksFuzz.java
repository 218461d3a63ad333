package dev.gantry.streaming.spdy;

import java.util.Arrays;

/** Any bytes as the header blocks of a connection, one after the other. */
public final class HeaderBlocksFuzz {
  private HeaderBlocksFuzz() {}

  /** One input; the first byte says where the first block ends. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int end = Math.min(input.length, 1 + (input[0] & 0xFF));
    try (var reader = new HeaderReader()) {
      check(reader, Arrays.copyOfRange(input, 1, end));
      check(reader, Arrays.copyOfRange(input, end, input.length));
    } catch (FrameException refused) {
      if (refused.getMessage() == null || !refused.getMessage().startsWith("header")) {
        throw new IllegalStateException("refused without a reason", refused);
      }
    }
  }

  private static void check(HeaderReader reader, byte[] block) throws FrameException {
    var headers = reader.read(block, 0, block.length);
    if (headers.size() > HeaderReader.MOST_HEADERS) {
      throw new IllegalStateException(headers.size() + " headers");
    }
  }
}
