package dev.gantry.oci;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the records' compact constructors share: absent collections become empty ones, and every
 * collection is copied, so that a record is immutable whoever made it.
 */
public final class Values {
  private Values() {}

  /** Returns an immutable copy; null, as Go writes an empty slice, is the empty list. */
  public static <T> List<T> list(@Nullable List<T> list) {
    if (list == null || list.isEmpty()) {
      return List.of();
    }
    for (T element : list) {
      if (element == null) {
        throw new OciFormatException("a list has a null element");
      }
    }
    return List.copyOf(list);
  }

  /** Returns an immutable copy in the given order; null is the empty map. */
  public static <V> Map<String, V> map(@Nullable Map<String, V> map) {
    if (map == null || map.isEmpty()) {
      return Map.of();
    }
    map.forEach((key, value) -> {
      if (value == null) {
        throw new OciFormatException("\"" + key + "\" is null");
      }
    });
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /** Returns the value, or throws naming the property that the document lacks. */
  public static <T> T required(@Nullable T value, String property) {
    if (value == null) {
      throw new OciFormatException("\"" + property + "\" is missing");
    }
    return value;
  }

  /** Returns null for the empty string, which Go's omitempty does not tell from an absent one. */
  public static @Nullable String blankToNull(@Nullable String value) {
    return value == null || value.isEmpty() ? null : value;
  }
}
