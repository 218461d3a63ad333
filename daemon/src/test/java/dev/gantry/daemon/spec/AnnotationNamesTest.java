package dev.gantry.daemon.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnnotationNamesTest {
  @ParameterizedTest
  @CsvSource({
    // No star.
    "io.example/one, io.example/one, true",
    "io.example/one, io.example/one.more, false",
    "io.example/one, more.io.example/one, false",
    // At the end.
    "io.example.*, io.example.any/thing, true",
    "io.example.*, io.example., true",
    "io.example.*, io.example, false",
    // In front.
    "*.example.org/trace, a.example.org/trace, true",
    "*.example.org/trace, a.b.example.org/trace, true",
    "*.example.org/trace, example.org/trace, false",
    "*.example.org/trace, a.example.org/trace.more, false",
    "*.example.org/trace, a.example.org/other, false",
    // In the middle.
    "io.*/trace, io.example/trace, true",
    "io.*/trace, io./trace, true",
    "io.*/trace, io.example/other, false",
    "io.*/trace, xio.example/trace, false",
    "ab*bc, abbc, true",
    // The two ends may not share a letter.
    "ab*bc, abc, false",
    // Several.
    "*.example.*/trace, a.example.b/trace, true",
    "*.example.*/trace, a.other.b/trace, false",
    "a*b*c*d, a-b-c-d, true",
    "a*b*c*d, a-c-b-d, false",
    "a*bc*cd, abccd, true",
    "a*bc*cd, abcd, false",
    // Gantry's own.
    "*/data, run.oci.seccomp/data, false",
    "*.cri.*, io.kubernetes.cri.sandbox-id, false",
  })
  void starsStandForAnything(String pattern, String name, boolean allowed) {
    assertThat(AnnotationNames.allowed(name, List.of("other/name", pattern))).isEqualTo(allowed);
  }
}
