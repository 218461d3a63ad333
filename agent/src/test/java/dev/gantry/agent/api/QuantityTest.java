package dev.gantry.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0m,0",
    "1,1",
    "1000m,1",
    "1500m,1500m",
    "1.5,1500m",
    "0.5,500m",
    "100m,100m",
    "1000,1k",
    "1024,1024",
    "1Ki,1Ki",
    "1024Ki,1Mi",
    "1.5Gi,1536Mi",
    "0.5Mi,512Ki",
    "0.1Ki,102400m",
    "1e3,1e3",
    "12e6,12e6",
    "1E6,1e6",
    "1E,1E",
    "123456789,123456789",
    "5000000k,5G",
    "1n,1n",
    "0.0000000001,1n",
    "-1.5,-1500m",
    "+2,2",
    ".5,500m",
    "5.,5",
    "1Mi,1Mi",
    "1000Ki,1000Ki",
    "9223372036854775807,9223372036854775807",
    "8Ei,9223372036854775807",
    "64Mi,64Mi"
  })
  void shownAsTheApiServerShowsIt(String given, String canonical) {
    assertThat(Quantity.parse(given)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "1 Gi",
        "1gi",
        "1GB",
        "1MB",
        "Mi",
        "1,5",
        "1.2.3",
        "0x10",
        "1e",
        "1e1000000000",
        "--1",
        "1K",
        "1ki",
        "five",
        "1e+",
        "NaN",
        "."
      })
  void whatIsNoneIsRefusedWithTheFormsThereAre(String text) {
    assertThatThrownBy(() -> Quantity.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("100m");
  }

  @Test
  void whatIsShownReadsAsTheSameAndIsShownTheSame() {
    Random random = new Random(6);
    String[] suffixes = {
      "n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "e-6"
    };
    for (int i = 0; i < 20_000; i++) {
      String number =
          BigDecimal.valueOf(random.nextLong(1L << 40), random.nextInt(12)).toPlainString();
      Quantity quantity = Quantity.parse(number + suffixes[random.nextInt(suffixes.length)]);
      Quantity again = Quantity.parse(quantity.toString());
      assertThat(again).isEqualTo(quantity).hasSameHashCodeAs(quantity);
      assertThat(again).hasToString(quantity.toString());
    }
  }

  @Test
  void sumsAndOrderAreThoseOfTheNumbers() {
    Random random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      long a = random.nextInt(1 << 30);
      long b = random.nextInt(1 << 30);
      Quantity one = Quantity.parse(a + "m");
      Quantity other = Quantity.ofMilli(b);
      assertThat(one.plus(other).milliValue()).isEqualTo(a + b);
      assertThat(one.minus(other)).isEqualTo(Quantity.ofMilli(a - b));
      assertThat(Integer.signum(one.compareTo(other))).isEqualTo(Long.compare(a, b));
      assertThat(one.value()).isEqualTo((a + 999) / 1000);
    }
  }

  @Test
  void wholeNumbersAreRoundedUpAndCapped() {
    assertThat(Quantity.parse("1m").value()).isEqualTo(1);
    assertThat(Quantity.parse("1n").milliValue()).isEqualTo(1);
    assertThat(Quantity.parse("1e40").value()).isEqualTo(Long.MAX_VALUE);
    assertThat(Quantity.parse("500m").dividedBy(Quantity.parse("1"))).isEqualTo(1);
  }
}
