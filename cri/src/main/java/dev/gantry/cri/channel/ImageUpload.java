package dev.gantry.cri.channel;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gantry.cri.gantry.GantryServiceGrpc;
import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.cri.gantry.ImportImagesResponse;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Sends an archive of images to a Gantry daemon, no faster than it takes it. */
public final class ImageUpload {
  private static final int PIECE = 256 << 10;

  private ImageUpload() {}

  /**
   * Sends all of {@code archive} and waits until its images are in the store.
   *
   * @param name what error messages call the archive
   * @param sent told the number of bytes sent so far
   * @throws StatusRuntimeException as of any other call
   * @throws IOException when {@code archive} cannot be read; the daemon keeps nothing of it then
   */
  public static ImportImagesResponse send(
      Channel channel, String name, InputStream archive, LongConsumer sent) throws IOException {
    var call = GantryServiceGrpc.newBlockingV2Stub(channel).importImages();
    boolean whole = false;
    try {
      var request = ImportImagesRequest.newBuilder().setName(name);
      long count = 0;
      ByteString piece = piece(archive);
      do {
        if (!call.write(request.setData(piece).build())) {
          break; // it has been answered already, with an error most likely
        }
        count += piece.size();
        sent.accept(count);
        request.clear();
        piece = piece(archive);
      } while (!piece.isEmpty());
      call.halfClose();
      ImportImagesResponse answer = answer(call);
      whole = true;
      return answer;
    } catch (StatusException e) {
      throw new StatusRuntimeException(e.getStatus(), e.getTrailers());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withCause(e).asRuntimeException();
    } finally {
      if (!whole) {
        call.cancel("not sent to its end", null);
      }
    }
  }

  private static ImportImagesResponse answer(
      BlockingClientCall<ImportImagesRequest, ImportImagesResponse> call)
      throws StatusException, InterruptedException {
    ImportImagesResponse answer = call.read();
    if (answer == null) {
      throw Status.INTERNAL.withDescription("the daemon sent no answer").asException();
    }
    return answer;
  }

  private static ByteString piece(InputStream archive) throws IOException {
    return UnsafeByteOperations.unsafeWrap(archive.readNBytes(PIECE));
  }
}
