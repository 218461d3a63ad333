package dev.gantry.agent.podspec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {
  private static final Map<String, String> VARIABLES =
      Map.of("VAR_A", "A", "VAR_B", "B", "VAR_C", "C", "VAR_REF", "$(VAR_A)", "VAR_EMPTY", "");

  @ParameterizedTest
  @CsvSource({
    "$(VAR_A),A",
    "___$(VAR_B)___,___B___",
    "$(VAR_A)_$(VAR_B),A_B",
    "$$(VAR_A),$(VAR_A)",
    "$$$(VAR_A),$A",
    "$$$$(VAR_A),$$(VAR_A)",
    "$(UNKNOWN),$(UNKNOWN)",
    "$VAR_A,$VAR_A",
    "$(VAR_A,$(VAR_A",
    "foo$,foo$",
    "$$,$",
    "$(),$()",
    "$(VAR_REF),$(VAR_A)",
    "f$(VAR_EMPTY)g,fg",
    "$((VAR_A)),$((VAR_A))",
    "$%(VAR_A),$%(VAR_A)",
    "\\$(VAR_A),\\A",
    "$(VAR_A)$,A$",
    "a$$$,a$$"
  })
  void expandsAsKubernetesDoes(String text, String expanded) {
    assertThat(Expansion.expand(text, VARIABLES)).isEqualTo(expanded);
  }

  @Test
  void anyTextCanBeWrittenWithDoubledDollars() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      String text = text(random);
      assertThat(Expansion.expand(text.replace("$", "$$"), VARIABLES)).isEqualTo(text);
    }
  }

  @Test
  void withoutVariablesNothingButDoubledDollarsChanges() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      String text = text(random);
      if (!text.contains("$$")) {
        assertThat(Expansion.expand(text, Map.of())).isEqualTo(text);
      }
    }
  }

  @Test
  void aSubPathNeedsAllItsVariables() throws ContainerConfigException {
    assertThat(Expansion.expandAll("x/$(VAR_A)", VARIABLES)).isEqualTo("x/A");
    assertThatThrownBy(() -> Expansion.expandAll("$(NO)/$(VAR_EMPTY)/$(VAR_A)", VARIABLES))
        .isInstanceOf(ContainerConfigException.class)
        .hasMessage("missing value for NO, VAR_EMPTY");
  }

  private static String text(Random random) {
    String alphabet = "$$$(()VAR_A xé";
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
