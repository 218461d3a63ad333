package dev.gantry.image.archive;

import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.BulkInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of a file as a stream; closing it leaves the file open. */
final class ChannelStream extends BulkInputStream implements TarReader.Seekable {
  private final FileChannel file;
  private final long end;
  private long at;

  ChannelStream(FileChannel file, long start, long length) {
    this.file = file;
    this.at = start;
    this.end = start + length;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at >= end) {
      return -1;
    }
    int n = file.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, end - at)), at);
    if (n > 0) {
      at += n;
    }
    return n;
  }

  @Override
  public void forward(long count) throws IOException {
    if (count > end - at) {
      at = end;
      throw new EOFException("the archive ends inside a file");
    }
    at += count;
  }
}
