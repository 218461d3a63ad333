package dev.gantry.cri.json;

import dev.gantry.cri.json.Schema.Field;
import dev.gantry.cri.json.Schema.MessageType;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes trees of any message type, as {@link ProtoJson} prints them: set fields only. */
final class RandomTrees {
  private static final int MAX_DEPTH = 5;

  private final Random random;

  RandomTrees(long seed) {
    random = new Random(seed);
  }

  Map<String, @Nullable Object> message(MessageType type, int depth) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (Field field : type.fields()) {
      boolean nested = field.type().name().equals("TYPE_MESSAGE");
      if (random.nextInt(3) > 0 && (depth < MAX_DEPTH || !nested)) {
        tree.put(field.jsonName(), value(field, depth));
      }
    }
    return tree;
  }

  private Object value(Field field, int depth) {
    MessageType entry = Schema.get().mapEntry(field);
    if (entry != null) {
      Map<String, @Nullable Object> map = new TreeMap<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        map.put(text(0), random.nextBoolean() ? text(1) : "");
      }
      return map;
    }
    if (!field.repeated()) {
      return single(field, depth, 1);
    }
    List<Object> list = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      list.add(single(field, depth, 0));
    }
    return list;
  }

  /** Makes a value; with {@code least} 1 none that a message takes for not set. */
  private Object single(Field field, int depth, int least) {
    return switch (field.type()) {
      case TYPE_DOUBLE, TYPE_FLOAT -> 0.5 + random.nextInt(1_000_000) / 64.0;
      case TYPE_INT64, TYPE_SINT64, TYPE_SFIXED64 -> Long.toString(number(least));
      case TYPE_UINT64, TYPE_FIXED64 -> Long.toUnsignedString(number(least));
      case TYPE_INT32, TYPE_SINT32, TYPE_SFIXED32 -> Math.max(least, random.nextInt());
      case TYPE_UINT32, TYPE_FIXED32 -> (long) least + random.nextInt(Integer.MAX_VALUE) * 2L;
      case TYPE_BOOL -> least == 1 || random.nextBoolean();
      case TYPE_STRING -> text(least);
      case TYPE_BYTES -> {
        byte[] bytes = new byte[least + random.nextInt(6)];
        random.nextBytes(bytes);
        yield Base64.getEncoder().encodeToString(bytes);
      }
      case TYPE_ENUM -> enumName(field, least);
      case TYPE_MESSAGE -> message(Schema.get().message(field.typeName()), depth + 1);
      case TYPE_GROUP -> throw new AssertionError(field);
    };
  }

  private long number(int least) {
    return switch (random.nextInt(3)) {
      case 0 -> Long.MAX_VALUE;
      case 1 -> Long.MIN_VALUE;
      default -> random.nextInt(1000) + (long) least;
    };
  }

  private Object enumName(Field field, int least) {
    Schema.EnumType type = Schema.get().enumType(field.typeName());
    int number = least + random.nextInt(type.byName().size());
    String name = type.byNumber().get(number);
    return name == null ? number : name;
  }

  private String text(int least) {
    String alphabet = "aZ0 \"\\/\n\t\u0001\u007fäß€\u2028";
    StringBuilder text = new StringBuilder();
    for (int i = least + random.nextInt(8); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return random.nextInt(4) == 0 ? text.append("😀").toString() : text.toString();
  }
}
