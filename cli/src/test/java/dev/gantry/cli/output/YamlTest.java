package dev.gantry.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cli.CliFailure;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class YamlTest {
  @Test
  void whatYaml11WouldMisreadIsQuoted() {
    Map<String, Object> tree = new TreeMap<>();
    tree.put(
        "a", List.of("on", "No", "0777", "12:30:00", "2026-11-21T10:00:00Z", "plain", "1.0.2", ""));
    tree.put("b", new BigDecimal("7.0"));
    tree.put("c", new BigDecimal("2.5"));
    tree.put("d", true);
    assertThat(Yaml.print(tree))
        .isEqualTo(
            """
            a:
            - "on"
            - "No"
            - "0777"
            - "12:30:00"
            - "2026-11-21T10:00:00Z"
            - plain
            - 1.0.2
            - ""
            b: 7
            c: 2.5
            d: true
            """);
  }

  @Test
  void theCoreSchemaIsRead() {
    assertThat(Yaml.parse("x", "{a: on, b: true, c: 0x10}"))
        .isEqualTo(Map.of("a", "on", "b", true, "c", 16));
  }

  @Test
  void aFaultIsToldInOneLine() {
    assertThatThrownBy(() -> Yaml.parse("pod.yaml", "a: 1\na: 2\n"))
        .isInstanceOf(CliFailure.class)
        .hasMessageStartingWith("read pod.yaml: ")
        .hasMessageContaining("duplicate key a")
        .message()
        .doesNotContain("\n");
  }
}
