package dev.gantry.cri.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
  @Test
  void readsEveryKindOfValue() {
    assertThat(
            JsonText.parse(
                " {\"a\" : [1, -2.50, 1E3, true, false, null, \"x\\u00e4\\n\\/\", {}, []]}\r\n\t"))
        .isEqualTo(
            Map.of(
                "a",
                Arrays.asList(
                    new BigDecimal("1"),
                    new BigDecimal("-2.50"),
                    new BigDecimal("1E3"),
                    true,
                    false,
                    null,
                    "xä\n/",
                    Map.of(),
                    List.of())));
  }

  @Test
  void writesWhatItReads() {
    String json = "{\"a\":[1,true,null,\"\\\"\\\\\\u0001\\u007f\\té😀\",{\"b\":{}},[]],\"c\":0.5}";
    assertThat(JsonText.write(JsonText.parse(json), false)).isEqualTo(json);
    assertThat(JsonText.write(List.of(5.0, Double.NaN, 1e300), false))
        .isEqualTo("[5,\"NaN\",1.0E300]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {"a":1,"a":2}   | 1:8: "a" is given twice
          {"a" 1}         | 1:6: expected ':'
          {a: 1}          | 1:2: expected a name in quotes
          [1, 2           | 1:6: the text ends too early
          [1,]            | 1:4: expected a value
          [1 2]           | 1:4: expected ']'
          {}x             | 1:3: nothing may follow the value
          "\\x"           | 1:3: unknown escape
          "\\u00g0"       | 1:6: expected four hexadecimal digits
          01              | 1:2: nothing may follow the value
          .5              | 1:1: expected a value
          nul             | 1:1: expected a value
          1e99999999999   | 1:1: a number out of range
          """)
  void saysWhereTheTextIsWrong(String json, String error) {
    assertThatThrownBy(() -> JsonText.parse(json))
        .isInstanceOf(ProtoJsonException.class)
        .hasMessage(error);
  }

  @Test
  void countsLines() {
    assertThatThrownBy(() -> JsonText.parse("{\n  \"a\": 1,\n  \"b\": ?\n}"))
        .isInstanceOfSatisfying(
            ProtoJsonException.class, e -> assertThat(e.where()).isEqualTo("3:8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":"})
  void endsAtSomeDepth(String opening) {
    assertThatThrownBy(() -> JsonText.parse(opening.repeat(100_000)))
        .isInstanceOf(ProtoJsonException.class)
        .hasMessageEndingWith("nested more than 200 levels deep");
  }

  @Test
  void refusesEndlessNumbersAndControlCharacters() {
    assertThatThrownBy(() -> JsonText.parse("1".repeat(401)))
        .hasMessage("1:1: a number of more than 400 characters");
    assertThatThrownBy(() -> JsonText.parse("\"a\nb\""))
        .hasMessage("1:3: a control character must be escaped");
    assertThatThrownBy(() -> JsonText.parse("")).hasMessage("1:1: the text ends too early");
  }
}
