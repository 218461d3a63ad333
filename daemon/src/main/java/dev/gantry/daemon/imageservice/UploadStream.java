package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.daemon.rpc.Requests;
import dev.gantry.linux.BulkInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The bytes of an archive that comes in pieces; the next piece is asked for when one is read. */
final class UploadStream extends BulkInputStream {
  private final Requests<ImportImagesRequest> requests;
  private ByteBuffer piece;

  UploadStream(ImportImagesRequest first, Requests<ImportImagesRequest> requests) {
    this.requests = requests;
    this.piece = first.getData().asReadOnlyByteBuffer();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length == 0) {
      return 0;
    }
    while (!piece.hasRemaining()) {
      ImportImagesRequest next = next();
      if (next == null) {
        return -1;
      }
      piece = next.getData().asReadOnlyByteBuffer();
    }
    int count = Math.min(length, piece.remaining());
    piece.get(buffer, offset, count);
    return count;
  }

  private @Nullable ImportImagesRequest next() throws IOException {
    try {
      return requests.next();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var gone = new InterruptedIOException("the caller is gone");
      gone.initCause(e);
      throw gone;
    }
  }
}
