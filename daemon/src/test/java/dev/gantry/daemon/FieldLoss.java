package dev.gantry.daemon;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.WireFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Loses one field of the CRI between the tests and the daemon, or one call, as if the code that
 * honours or answers it were not there. What a test says of the field it must then find missing;
 * see {@link FieldProofTest}.
 */
final class FieldLoss implements ClientInterceptor {
  private static final String PACKAGE = "runtime.v1.";

  private static volatile @Nullable Lost lost;

  /** The calls that passed, whether they had the field or not. */
  private static final AtomicInteger CALLS = new AtomicInteger();

  private record Lost(String message, String field, boolean inRequests) {
    boolean isCall() {
      return !Schema.TYPES.containsKey(PACKAGE + message);
    }

    boolean is(String type, FieldDescriptorProto name) {
      return type.equals(PACKAGE + message) && name.getName().equals(field);
    }
  }

  /** The fields of each message by number, as protoc described them. */
  private static final class Schema {
    static final Map<String, Map<Integer, FieldDescriptorProto>> TYPES = load();

    private static Map<String, Map<Integer, FieldDescriptorProto>> load() {
      var types = new HashMap<String, Map<Integer, FieldDescriptorProto>>();
      try (InputStream in =
          Objects.requireNonNull(
              FieldLoss.class.getResourceAsStream("/dev/gantry/cri/json/types.binpb"))) {
        for (FileDescriptorProto file : FileDescriptorSet.parseFrom(in).getFileList()) {
          file.getMessageTypeList()
              .forEach(message -> add(file.getPackage() + "." + message.getName(), message, types));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return types;
    }

    private static void add(
        String name, DescriptorProto message, Map<String, Map<Integer, FieldDescriptorProto>> to) {
      var fields = new HashMap<Integer, FieldDescriptorProto>();
      message.getFieldList().forEach(field -> fields.put(field.getNumber(), field));
      to.put(name, fields);
      message.getNestedTypeList().forEach(nested -> add(name + "." + nested.getName(), nested, to));
    }
  }

  /**
   * From now on loses it.
   *
   * @param message its name without the package, or a service's
   * @param field of the message, or a call of the service
   * @param inRequests else in answers
   */
  static void begin(String message, String field, boolean inRequests) {
    CALLS.set(0);
    lost = new Lost(message, field, inRequests);
  }

  /** Loses nothing any more, and says how many calls there were meanwhile. */
  static int end() {
    lost = null;
    return CALLS.get();
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    Lost what = lost;
    if (what == null || !method.getFullMethodName().startsWith(PACKAGE)) {
      return next.newCall(method, options);
    }
    CALLS.incrementAndGet();
    if (what.isCall()) {
      return next.newCall(withoutCall(method, what), options);
    }
    return next.newCall(
        what.inRequests()
            ? method.toBuilder(
                    losing(method.getRequestMarshaller(), what), method.getResponseMarshaller())
                .build()
            : method.toBuilder(
                    method.getRequestMarshaller(), losing(method.getResponseMarshaller(), what))
                .build(),
        options);
  }

  /** A call that is lost goes to a name that nobody serves. */
  private static <Q, A> MethodDescriptor<Q, A> withoutCall(
      MethodDescriptor<Q, A> method, Lost what) {
    String name = method.getFullMethodName();
    return name.equals(PACKAGE + what.message() + "/" + what.field())
        ? method.toBuilder().setFullMethodName(name + "Lost").build()
        : method;
  }

  private static <M> Marshaller<M> losing(Marshaller<M> marshaller, Lost what) {
    Object prototype =
        Objects.requireNonNull(((PrototypeMarshaller<M>) marshaller).getMessagePrototype());
    String type = PACKAGE + prototype.getClass().getSimpleName();
    return new Marshaller<>() {
      @Override
      public InputStream stream(M message) {
        return without(marshaller.stream(message));
      }

      @Override
      public M parse(InputStream stream) {
        return marshaller.parse(without(stream));
      }

      private InputStream without(InputStream in) {
        try (in) {
          return new ByteArrayInputStream(FieldLoss.without(what, in.readAllBytes(), type));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** The message without the field, wherever in it that is; see "Encoding" of protobuf. */
  private static byte[] without(Lost what, byte[] message, String type) throws IOException {
    Map<Integer, FieldDescriptorProto> fields = Objects.requireNonNull(Schema.TYPES.get(type));
    var in = CodedInputStream.newInstance(message);
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    int start = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      FieldDescriptorProto field = fields.get(WireFormat.getTagFieldNumber(tag));
      if (field != null && field.getType() == FieldDescriptorProto.Type.TYPE_MESSAGE) {
        byte[] value = in.readByteArray();
        if (!what.is(type, field)) {
          out.writeUInt32NoTag(tag);
          out.writeByteArrayNoTag(without(what, value, field.getTypeName().substring(1)));
        }
      } else {
        in.skipField(tag);
        if (field == null || !what.is(type, field)) {
          out.writeRawBytes(ByteString.copyFrom(message, start, in.getTotalBytesRead() - start));
        }
      }
      start = in.getTotalBytesRead();
    }
    out.flush();
    return bytes.toByteArray();
  }
}
