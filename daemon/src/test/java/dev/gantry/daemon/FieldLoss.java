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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

  private static final AtomicInteger CALLS = new AtomicInteger();
  private static final AtomicInteger LOST = new AtomicInteger();

  private record Lost(String message, String field, boolean inRequests) {
    boolean isCall() {
      return !Schema.TYPES.containsKey(PACKAGE + message);
    }

    boolean is(String type, FieldDescriptorProto name) {
      boolean is = type.equals(PACKAGE + message) && name.getName().equals(field);
      if (is) {
        LOST.incrementAndGet();
      }
      return is;
    }
  }

  /** What passed while something was lost: all calls, and what was lost of them. */
  record Traffic(int calls, int lost) {}

  /**
   * The fields of each message by number, as protoc described them, and what answers consist of.
   */
  private static final class Schema {
    static final Map<String, Map<Integer, FieldDescriptorProto>> TYPES = new HashMap<>();
    static final Set<String> IN_ANSWERS = new HashSet<>();

    static {
      try (InputStream in =
          Objects.requireNonNull(
              FieldLoss.class.getResourceAsStream("/dev/gantry/cri/json/types.binpb"))) {
        List<FileDescriptorProto> files = FileDescriptorSet.parseFrom(in).getFileList();
        for (FileDescriptorProto file : files) {
          file.getMessageTypeList()
              .forEach(message -> add(file.getPackage() + "." + message.getName(), message));
        }
        files.stream()
            .flatMap(file -> file.getServiceList().stream())
            .flatMap(service -> service.getMethodList().stream())
            .forEach(method -> addAnswer(method.getOutputType().substring(1)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void add(String name, DescriptorProto message) {
      var fields = new HashMap<Integer, FieldDescriptorProto>();
      message.getFieldList().forEach(field -> fields.put(field.getNumber(), field));
      TYPES.put(name, fields);
      message.getNestedTypeList().forEach(nested -> add(name + "." + nested.getName(), nested));
    }

    private static void addAnswer(String type) {
      if (IN_ANSWERS.add(type)) {
        for (FieldDescriptorProto field : Objects.requireNonNull(TYPES.get(type)).values()) {
          if (field.getType() == FieldDescriptorProto.Type.TYPE_MESSAGE) {
            addAnswer(field.getTypeName().substring(1));
          }
        }
      }
    }
  }

  /** Whether there are answers that have that message in them. */
  static boolean isInAnswers(String message) {
    return Schema.IN_ANSWERS.contains(PACKAGE + message);
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
    LOST.set(0);
    lost = new Lost(message, field, inRequests);
  }

  /** Loses nothing any more, and says what passed meanwhile. */
  static Traffic end() {
    lost = null;
    return new Traffic(CALLS.get(), LOST.get());
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
