package dev.gantry.image.transfer;

import dev.gantry.linux.BulkInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;

/** Reads a spool in order while it fills; closing ends the download. */
final class SpoolStream extends BulkInputStream {
  private final Spool spool;
  private final ParallelDownload download;
  private final RandomAccessFile file;
  private long at;

  SpoolStream(Spool spool, ParallelDownload download) throws IOException {
    this.spool = spool;
    this.download = download;
    this.file = spool.writer();
    download.start();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (at == spool.size()) {
      return -1;
    }
    int n = spool.read(file, at, buffer, offset, (int) Math.min(length, spool.await(at)));
    at += n;
    return n;
  }

  @Override
  public void close() throws IOException {
    try (spool;
        file) {
      download.close();
    }
  }
}
