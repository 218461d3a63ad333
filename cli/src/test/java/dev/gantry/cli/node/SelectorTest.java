package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cli.CliFailure;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
  private static final Map<String, String> LABELS =
      Map.of("app", "web", "app.kubernetes.io/tier", "front", "empty", "");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=web | true",
        "app==web | true",
        "app = web | true",
        "app=db | false",
        "app!=db | true",
        "app!=web | false",
        "none!=x | true",
        "app | true",
        "!app | false",
        "!none | true",
        "app in (db, web) | true",
        "app in (db) | false",
        "app notin (db, x) | true",
        "none notin (x) | true",
        "app=web,app.kubernetes.io/tier in (front,back),!none | true",
        "app=web,app.kubernetes.io/tier=back | false",
        "empty= | true",
      })
  void kubectlsWords(String selector, boolean matches) {
    assertThat(Selector.parse(selector).matches(LABELS)).isEqualTo(matches);
  }

  @Test
  void nothingAsksForNothing() {
    assertThat(Selector.parse("").matches(Map.of())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"app=web,", "a=b=c", "app in web", "=x", "a b"})
  void whatIsNoSelectorIsSaid(String text) {
    assertThatThrownBy(() -> Selector.parse(text))
        .isInstanceOf(CliFailure.class)
        .hasMessageContaining("is not understood");
  }
}
