package dev.gantry.oci;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A set of strings that JSON writes as an object with empty values: {@code {"/data": {}}}. */
public record NameSet(List<String> names) implements Iterable<String> {
  public static final NameSet EMPTY = new NameSet(List.of());

  /** Sorts the names and drops repeated ones. */
  public NameSet {
    names = List.copyOf(new TreeSet<>(Values.list(names)));
  }

  public static NameSet of(String... names) {
    return new NameSet(List.of(names));
  }

  static NameSet orEmpty(@Nullable NameSet set) {
    return set == null ? EMPTY : set;
  }

  public boolean isEmpty() {
    return names.isEmpty();
  }

  public boolean contains(String name) {
    return Collections.binarySearch(names, name) >= 0;
  }

  @Override
  public Iterator<String> iterator() {
    return names.iterator();
  }
}
