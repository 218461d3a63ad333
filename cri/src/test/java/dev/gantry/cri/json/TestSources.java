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

/** The test classes of all modules, as text: the cri module may not use theirs as classes. */
final class TestSources {
  private final Map<String, String> byClass = new HashMap<>();

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
    try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        String source = Files.readString(file);
        // A name that two modules have says nothing without the module's.
        byClass.merge(name, source, (one, other) -> "");
        byClass.put(module.getFileName() + "/" + name, source);
      }
    }
  }

  /** Whether {@code Class#method} is a test that runs. */
  boolean has(String test) {
    return Pattern.compile(
            "@(Test|ParameterizedTest|RepeatedTest|WithEachRuntime)\\b(?:(?!\\bvoid\\b|@Disabled)[^;{}]|\\{[^{}]*})*\\bvoid "
                + method(test)
                + "\\(")
        .matcher(source(test))
        .find();
  }

  /** The source of the method of {@code Class#method}, empty when there is none. */
  String body(String test) {
    Matcher method =
        Pattern.compile("(?ms)^( *)[^\n]*\\bvoid " + method(test) + "\\(.*?^\\1}$")
            .matcher(source(test));
    return method.find() ? method.group() : "";
  }

  private String source(String test) {
    return byClass.getOrDefault(test.replaceFirst("#.*", ""), "");
  }

  private static String method(String test) {
    return Pattern.quote(test.substring(test.indexOf('#') + 1));
  }
}
