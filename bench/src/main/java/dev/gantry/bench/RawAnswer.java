package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Calls whose answers are taken as bytes: a runtime is measured, and not its client's decoder. */
final class RawAnswer {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private RawAnswer() {}

  /** The same method with an answer that is not decoded. */
  static <Q> MethodDescriptor<Q, byte[]> to(MethodDescriptor<Q, ?> method) {
    return method.toBuilder(method.getRequestMarshaller(), BYTES).build();
  }

  static <Q> byte[] of(CriChannel channel, MethodDescriptor<Q, byte[]> method, Q request) {
    return ClientCalls.blockingUnaryCall(channel.channel(), method, CallOptions.DEFAULT, request);
  }
}
