package dev.gantry.agent.api;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know about a record of this package: its fields and those it refuses. Looked up
 * once per type.
 *
 * @param type the record
 * @param fields in the order of its components
 * @param refused what to do instead, by the field that is not supported
 */
public record Shape(Class<?> type, List<Field> fields, Map<String, String> refused) {
  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return inspect(type);
        }
      };

  /**
   * One component of a record.
   *
   * @param name of the component and the field
   * @param type with its arguments
   * @param nullable whether absent is null, as with a Go pointer
   * @param always whether it is written even when it is zero or empty
   * @param inline whether its own fields stand beside it
   * @param absent what a manifest that says nothing means, if not zero or empty
   */
  public record Field(
      String name,
      Type type,
      boolean nullable,
      boolean always,
      boolean inline,
      @Nullable String absent,
      Method accessor) {
    /** The type without its arguments. */
    public Class<?> raw() {
      return Shape.raw(type);
    }

    /** What this field of the record holds. */
    public @Nullable Object of(Object record) {
      try {
        return accessor.invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(record.getClass() + "." + name, e);
      }
    }

    /** What it holds when a manifest says nothing. */
    public @Nullable Object whenAbsent() {
      if (absent != null) {
        return Shape.parse(raw(), absent);
      }
      return nullable ? null : zero(raw());
    }
  }

  public Shape {
    fields = List.copyOf(fields);
    refused = Map.copyOf(refused);
  }

  /** The shape of a record of this package. */
  public static Shape of(Class<?> type) {
    return SHAPES.get(type);
  }

  /** The record with every field absent. */
  public static <T> T empty(Class<T> type) {
    Shape shape = of(type);
    return type.cast(shape.create(shape.fields.stream().map(Field::whenAbsent).toArray()));
  }

  /**
   * Makes a record of the values of its fields, in their order.
   *
   * @throws IllegalArgumentException what the record's constructor has against them
   */
  public Object create(@Nullable Object[] values) {
    try {
      return constructor().newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException invalid) {
        throw invalid;
      }
      throw new IllegalStateException("make " + type.getSimpleName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("make " + type.getSimpleName(), e);
    }
  }

  /** The type without its arguments. */
  public static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
  }

  /** The type of a list's elements or a map's values. */
  public static Type element(Type type) {
    Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
    return arguments[arguments.length - 1];
  }

  /** A copy of the record in which one field is another. */
  static <T extends Record> T with(T record, String name, @Nullable Object value) {
    Shape shape = of(record.getClass());
    @Nullable Object[] values =
        shape.fields.stream().map(f -> f.name.equals(name) ? value : f.of(record)).toArray();
    @SuppressWarnings("unchecked")
    T copy = (T) shape.create(values);
    return copy;
  }

  private Constructor<?> constructor() throws NoSuchMethodException {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    return type.getDeclaredConstructor(types);
  }

  private static Shape inspect(Class<?> type) {
    List<Field> fields =
        Arrays.stream(type.getRecordComponents())
            .map(component -> {
              Default absent = component.getAnnotation(Default.class);
              return new Field(
                  component.getName(),
                  component.getGenericType(),
                  component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                  absent != null || component.isAnnotationPresent(Always.class),
                  component.isAnnotationPresent(Inline.class),
                  absent == null ? null : absent.value(),
                  component.getAccessor());
            })
            .toList();
    Map<String, String> refused = new LinkedHashMap<>();
    for (Refused one : type.getAnnotationsByType(Refused.class)) {
      refused.put(one.field(), one.remedy());
    }
    return new Shape(type, fields, refused);
  }

  private static Object parse(Class<?> type, String text) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> constant.toString().equals(text))
          .findFirst()
          .orElseThrow();
    }
    return switch (type.getName()) {
      case "int" -> Integer.valueOf(text);
      case "long" -> Long.valueOf(text);
      case "boolean" -> Boolean.valueOf(text);
      default -> text;
    };
  }

  /** Absent, for types that cannot be null. */
  private static Object zero(Class<?> type) {
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type == IntOrString.class) {
      return IntOrString.of(0);
    }
    return switch (type.getName()) {
      case "int" -> 0;
      case "long" -> 0L;
      case "boolean" -> false;
      case "java.lang.String" -> "";
      case "java.util.List" -> List.of();
      case "java.util.Map" -> Map.of();
      default -> empty(type);
    };
  }
}
