package dev.gantry.network;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON document of which every key is kept, known to us or not: a CNI configuration belongs to
 * its plug-ins, we only pass it on.
 */
sealed interface Json {

  /** An object; the order of its members is the order of the text. */
  record Obj(Map<String, Json> members) implements Json {
    static final Obj EMPTY = new Obj(Map.of());

    public Obj {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    Optional<Json> get(String name) {
      return Optional.ofNullable(members.get(name));
    }

    /** The member when it is a string; empty when it is absent or something else. */
    Optional<String> string(String name) {
      return members.get(name) instanceof Str(String value) ? Optional.of(value) : Optional.empty();
    }

    Optional<Obj> object(String name) {
      return members.get(name) instanceof Obj object ? Optional.of(object) : Optional.empty();
    }

    /** The members of an array; empty when it is absent or something else. */
    List<Json> list(String name) {
      return members.get(name) instanceof Arr(List<Json> values) ? values : List.of();
    }

    /** The strings of an array of strings; other elements are passed over. */
    List<String> strings(String name) {
      return list(name).stream()
          .filter(Str.class::isInstance)
          .map(value -> ((Str) value).value())
          .toList();
    }

    boolean isTrue(String name) {
      return members.get(name) instanceof Bool(boolean value) && value;
    }

    Obj with(String name, Json value) {
      Map<String, Json> copy = new LinkedHashMap<>(members);
      copy.put(name, value);
      return new Obj(copy);
    }

    Obj with(String name, String value) {
      return with(name, new Str(value));
    }

    Obj without(String name) {
      Map<String, Json> copy = new LinkedHashMap<>(members);
      copy.remove(name);
      return new Obj(copy);
    }

    boolean isEmpty() {
      return members.isEmpty();
    }
  }

  /** An array. */
  record Arr(List<Json> values) implements Json {
    public Arr {
      values = List.copyOf(values);
    }

    static Arr ofStrings(List<String> values) {
      return new Arr(values.stream().map(value -> (Json) new Str(value)).toList());
    }
  }

  /** A string. */
  record Str(String value) implements Json {}

  /** A number with all its digits: a plug-in's 64-bit value must not pass through a double. */
  record Num(BigDecimal value) implements Json {
    static Num of(long value) {
      return new Num(BigDecimal.valueOf(value));
    }
  }

  /** true or false. */
  record Bool(boolean value) implements Json {}

  /** null, which some plug-ins tell from an absent member. */
  record Null() implements Json {}
}
