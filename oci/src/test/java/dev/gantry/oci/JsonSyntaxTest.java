package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonSyntaxTest {
  @Test
  void takesJson() {
    for (String good :
        List.of(
            "null",
            " true ",
            "false\n",
            "0",
            "-0",
            "12.50e+3",
            "1E-2",
            "\"\"",
            "[]",
            "[ ]",
            "{}",
            "{ }",
            "[1,[2,{\"a\":[null]}] , \"x\"]",
            "{\"a\" : 1 , \"\":{}}",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF é \\ud83d\"",
            "[".repeat(60) + "]".repeat(60))) {
      assertThatCode(() -> check(good)).as(good).doesNotThrowAnyException();
    }
  }

  @Test
  void refusesWhatIsNoJson() {
    for (String bad :
        List.of(
            "",
            " ",
            "nul",
            "nulll",
            "True",
            "01",
            "+1",
            ".5",
            "1.",
            "1e",
            "--1",
            "0x1",
            "NaN",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"a\nb\"",
            "\"a\u0000\"",
            "'a'",
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "{1:2}",
            "{} {}",
            "1 2",
            "// x\n1",
            "\ufeff{}",
            "9".repeat(65),
            "[".repeat(70) + "]".repeat(70))) {
      assertThatThrownBy(() -> check(bad))
          .as(bad)
          .isInstanceOf(OciFormatException.class)
          .hasMessageStartingWith("not JSON: ");
    }
  }

  private static void check(String json) {
    JsonSyntax.check(json.getBytes(StandardCharsets.UTF_8), 1000);
  }
}
