package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Calls of which only the size of the answer is wanted: a runtime is measured, and neither its
 * client's decoder nor what its collector makes of megabytes that nobody reads.
 */
final class RawAnswer {
  private static final MethodDescriptor.Marshaller<Long> SIZE =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Long value) {
          throw new UnsupportedOperationException("answers only");
        }

        @Override
        public Long parse(InputStream stream) {
          try {
            return drain(stream);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private RawAnswer() {}

  /** All of it has come; skipping gives its buffers back. */
  private static long drain(InputStream answer) throws IOException {
    long size = 0;
    long some;
    do {
      some = answer.skip(Integer.MAX_VALUE);
      size += some;
    } while (some > 0);
    return size;
  }

  /** The same method with an answer that is not decoded. */
  static <Q> MethodDescriptor<Q, Long> to(MethodDescriptor<Q, ?> method) {
    return method.toBuilder(method.getRequestMarshaller(), SIZE).build();
  }

  /** Makes the call; the bytes of its answer. */
  static <Q> long size(CriChannel channel, MethodDescriptor<Q, Long> method, Q request) {
    return ClientCalls.blockingUnaryCall(channel.channel(), method, CallOptions.DEFAULT, request);
  }
}
