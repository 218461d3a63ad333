package dev.gantry.cri.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
      modules = children.map(m -> m.resolve("src/test/java")).filter(Files::isDirectory).toList();
    }
    for (Path module : modules) {
      try (Stream<Path> files = Files.walk(module)) {
        for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.byClass.merge(name, Files.readString(file), String::concat);
        }
      }
    }
    return sources;
  }

  /** Whether {@code Class#method} is a test that runs. */
  boolean has(String test) {
    int hash = test.indexOf('#');
    return hash > 0
        && Pattern.compile(
                "@(Test|ParameterizedTest|RepeatedTest|WithEachRuntime)\\b(?:(?!\\bvoid\\b|@Disabled)[^;{}]|\\{[^{}]*})*\\bvoid "
                    + Pattern.quote(test.substring(hash + 1))
                    + "\\(")
            .matcher(text(test))
            .find();
  }

  /** The source of the class of {@code Class#method}, empty when there is none. */
  String text(String test) {
    return byClass.getOrDefault(test.replaceFirst("#.*", ""), "");
  }
}
