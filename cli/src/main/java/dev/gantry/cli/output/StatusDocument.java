package dev.gantry.cli.output;

import com.google.protobuf.MessageLite;
import dev.gantry.cri.json.ProtoJson;
import dev.gantry.cri.json.ProtoJsonException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the inspecting commands print: {@code {"status": …, "info": …}} with keys in alphabetical
 * order and the runtime's verbose information, JSON in strings, unfolded.
 */
public final class StatusDocument {
  /** How Go prints the moment zero, which stands for "never" in crictl's output. */
  public static final String NEVER = "0001-01-01T00:00:00Z";

  private static final DateTimeFormatter TIME = DateTimeFormatter.ISO_OFFSET_DATE_TIME;

  private final TreeMap<String, @Nullable Object> document = new TreeMap<>();

  /** A document about {@code status}, with the runtime's verbose information. */
  public static StatusDocument of(MessageLite status, Map<String, String> info) {
    StatusDocument document = new StatusDocument();
    document.document.put("status", Messages.tree(status));
    info.forEach((key, value) -> document.document.put(key, unfold(value)));
    return document;
  }

  /** Adds or replaces a member of the document. */
  public StatusDocument with(String key, @Nullable Object tree) {
    document.put(key, tree);
    return this;
  }

  /** Replaces a field of the status. */
  @SuppressWarnings("unchecked")
  public StatusDocument withStatusField(String field, Object value) {
    if (document.get("status") instanceof Map<?, ?> status) {
      ((Map<String, Object>) status).put(field, value);
    }
    return this;
  }

  /** A moment in nanoseconds since 1970, in RFC 3339. */
  public static String time(long nanos) {
    return TIME.format(Human.instant(nanos).atZone(ZoneId.systemDefault()));
  }

  private static @Nullable Object unfold(String value) {
    if (!value.startsWith("{") && !value.startsWith("[")) {
      return value.startsWith("\"") && value.endsWith("\"") && value.length() > 1
          ? value.substring(1, value.length() - 1)
          : value;
    }
    try {
      return ProtoJson.parseTree(value);
    } catch (ProtoJsonException e) {
      return value; // no JSON after all
    }
  }

  /** One document as it is, several as a list. */
  public static String print(OutputFormat format, List<StatusDocument> documents) {
    List<?> trees = documents.stream().map(d -> Messages.sorted(d.document)).toList();
    return Messages.treeText(format, trees.size() == 1 ? trees.getFirst() : trees);
  }
}
