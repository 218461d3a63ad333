package dev.gantry.cri.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The test sources of all modules, as text: the cri module may not use theirs as classes. */
final class TestSources {
  /** A test class, with the text of what is shared by the tests of its module. */
  private record Source(String text, StringBuilder shared) {}

  private static final Source NONE = new Source("", new StringBuilder());

  private final Map<String, Source> byClass = new HashMap<>();

  private TestSources() {}

  /** Reads {@code <module>/src/test/java} of every module below {@code top}. */
  static TestSources below(Path top) throws IOException {
    var sources = new TestSources();
    List<Path> modules;
    try (Stream<Path> children = Files.list(top)) {
      modules = children.filter(m -> Files.isDirectory(m.resolve("src/test/java"))).toList();
    }
    for (Path module : modules) {
      sources.read(module);
    }
    return sources;
  }

  private void read(Path module) throws IOException {
    var shared = new StringBuilder();
    try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        if (name.endsWith("Test")) {
          var source = new Source(Files.readString(file), shared);
          // A name that two modules have says nothing without the module's.
          byClass.merge(name, source, (one, other) -> NONE);
          byClass.put(module.getFileName() + "/" + name, source);
        } else {
          shared.append(Files.readString(file));
        }
      }
    }
  }

  /** Whether {@code Class#method} is a test that runs. */
  boolean has(String test) {
    return Pattern.compile(
            "@(Test|ParameterizedTest|RepeatedTest|WithEachRuntime)\\b(?:(?!\\bvoid\\b|@Disabled)[^;{}]|\\{[^{}]*})*\\bvoid "
                + method(test)
                + "\\(")
        .matcher(source(test).text())
        .find();
  }

  /** The source of the method of {@code Class#method}, empty when there is none. */
  String body(String test) {
    Matcher method =
        Pattern.compile("(?ms)^( *)[^\n]*\\bvoid " + method(test) + "\\(.*?^\\1}$")
            .matcher(source(test).text());
    return method.find() ? method.group() : "";
  }

  /** The source of the class of {@code Class#method} and of its module's that are no tests. */
  String withShared(String test) {
    return source(test).text() + source(test).shared();
  }

  private Source source(String test) {
    return byClass.getOrDefault(test.replaceFirst("#.*", ""), NONE);
  }

  private static String method(String test) {
    return Pattern.quote(test.substring(test.indexOf('#') + 1));
  }
}
