package dev.gantry.daemon.imageservice;

import com.google.protobuf.ByteString;
import dev.gantry.cri.gantry.ExportImagesResponse;
import dev.gantry.daemon.rpc.Responses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;

/** Sends what is written to it in pieces of one size. */
final class DownloadStream extends OutputStream {
  private static final int PIECE = 256 << 10;

  private final Responses<ExportImagesResponse> responses;
  private final byte[] piece = new byte[PIECE];
  private int length;

  DownloadStream(Responses<ExportImagesResponse> responses) {
    this.responses = responses;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    Objects.checkFromIndexSize(offset, count, bytes.length);
    int done = 0;
    while (done < count) {
      int part = Math.min(count - done, PIECE - length);
      System.arraycopy(bytes, offset + done, piece, length, part);
      done += part;
      length += part;
      if (length == PIECE) {
        send();
      }
    }
  }

  private void send() throws IOException {
    var response =
        ExportImagesResponse.newBuilder().setData(ByteString.copyFrom(piece, 0, length)).build();
    length = 0;
    try {
      responses.send(response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var gone = new InterruptedIOException("the caller is gone");
      gone.initCause(e);
      throw gone;
    }
  }

  /** Sends the rest. After a failure that is harmless: the call ends with an error anyway. */
  @Override
  public void close() throws IOException {
    if (length > 0 && !Thread.currentThread().isInterrupted()) {
      send();
    }
  }
}
