package dev.gantry.agent.api;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the records' constructors share: every collection is copied, maps are sorted by key. */
final class Fields {
  private Fields() {}

  static <T> List<T> list(List<T> list) {
    return List.copyOf(list);
  }

  /** Sorted, as Go writes maps. */
  static <V> Map<String, V> map(Map<String, V> map) {
    return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
  }

  /** Amounts in whole thousandths. */
  static Map<String, Quantity> amounts(Map<String, Quantity> amounts) {
    TreeMap<String, Quantity> rounded = new TreeMap<>();
    amounts.forEach((name, amount) -> rounded.put(name, amount.roundedToMilli()));
    return map(rounded);
  }

  /** Both, where what the second says wins. */
  static <V> Map<String, V> union(Map<String, V> first, Map<String, V> second) {
    TreeMap<String, V> all = new TreeMap<>(first);
    all.putAll(second);
    return map(all);
  }
}
