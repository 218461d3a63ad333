package dev.gantry.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanTest {
  // The values of docker/go-units' own tests.
  @ParameterizedTest
  @CsvSource({
    "PT0.45S, Less than a second",
    "PT1S, 1 second",
    "PT45S, 45 seconds",
    "PT46S, 46 seconds",
    "PT59S, 59 seconds",
    "PT1M, About a minute",
    "PT1M20S, About a minute",
    "PT3M, 3 minutes",
    "PT35M40S, 35 minutes",
    "PT1H, About an hour",
    "PT1H29M, About an hour",
    "PT1H31M, 2 hours",
    "PT3H, 3 hours",
    "PT24H, 24 hours",
    "PT36H, 36 hours",
    "PT48H, 2 days",
    "PT167H, 6 days",
    "PT336H, 2 weeks",
    "PT504H, 3 weeks",
    "PT1440H, 2 months",
    "PT17520H, 2 years",
  })
  void durationsAreInOneUnit(Duration duration, String words) {
    assertThat(Human.duration(duration)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 4, 0B",
    "999, 4, 999B",
    "1000, 4, 1kB",
    "1024, 4, 1.024kB",
    "12345678, 4, 12.35MB",
    "12345678, 3, 12.3MB",
    "4300000, 3, 4.3MB",
    "1000000000000, 4, 1TB",
    "9223372036854775807, 4, 9.223EB",
  })
  void sizesAreDecimal(long bytes, int digits, String words) {
    assertThat(Human.size(bytes, digits)).isEqualTo(words);
  }

  @Test
  void anAgeCountsFromNanoseconds() {
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    long then = (now.getEpochSecond() - 300) * 1_000_000_000L + 5;
    assertThat(Human.age(then, now)).isEqualTo("4 minutes ago");
  }

  @Test
  void idsAreShortened() {
    assertThat(Human.shortId("0123456789abcdef")).isEqualTo("0123456789abc");
    assertThat(Human.shortId("0123")).isEqualTo("0123");
    assertThat(Human.shortDigest("sha256:0123456789abcdef")).isEqualTo("0123456789abc");
  }

  @ParameterizedTest
  @CsvSource({
    "sha256:0123456789012345678901234567890123456789012345678901234567890123, true",
    "docker.io/library/busybox:1, false",
    "busybox, false",
  })
  void digestsAreTold(String text, boolean digest) {
    assertThat(Human.isDigest(text)).isEqualTo(digest);
  }
}
