package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void readsQuotedParameters() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://auth.example/token?a=b,c\",service=\"reg\","
                        + "scope=\"repository:a/b:pull,push\"")))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.example/token?a=b,c",
                    "service", "reg",
                    "scope", "repository:a/b:pull,push")));
  }

  @Test
  void readsSeveralInOneHeaderAndInSeveral() {
    assertThat(
            Challenge.parse(
                List.of("Negotiate, Basic realm = plain , Bearer realm=\"r\"", "Digest x=1")))
        .extracting(Challenge::scheme)
        .containsExactly("negotiate", "basic", "bearer", "digest");
  }

  @Test
  void readsEscapesAndEndsWithUnclosedQuotes() {
    assertThat(Challenge.parse(List.of("Basic realm=\"a\\\"b\"")).getFirst().parameter("realm"))
        .isEqualTo("a\"b");
    assertThat(Challenge.parse(List.of("Basic realm=\"never ends")).getFirst().parameter("realm"))
        .isEqualTo("never ends");
    assertThat(Challenge.parse(List.of("", ",,,", "=x"))).isEmpty();
  }

  @Test
  void garbageIsBoundedAndNeverAnError() {
    var random = new Random(3);
    String letters = "ab ,=\"\\\t;é\0";
    for (int i = 0; i < 50_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(30); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      List<Challenge> found = Challenge.parse(List.of(text.toString()));
      assertThat(found.size()).isLessThanOrEqualTo(text.length());
    }
    assertThat(Challenge.parse(List.of("a ".repeat(100_000)))).hasSizeLessThan(100);
    assertThat(Challenge.parse(List.of("Basic " + "a=b,".repeat(100_000))).getFirst().parameters())
        .hasSizeLessThan(100);
  }

  @Test
  void whatWasWrittenIsReadAgain() {
    var random = new Random(4);
    for (int i = 0; i < 5000; i++) {
      var wanted = new ArrayList<Challenge>();
      var text = new StringBuilder();
      for (int c = random.nextInt(3); c >= 0; c--) {
        var parameters = new LinkedHashMap<String, String>();
        for (int p = random.nextInt(4); p >= 0; p--) {
          parameters.put("p" + p, random.nextInt(1000) + "a=\"\\ ,b");
        }
        wanted.add(new Challenge("scheme" + c, parameters));
        text.append(text.isEmpty() ? "" : ", ").append("Scheme" + c);
        parameters.forEach((k, v) ->
            text.append(" ")
                .append(k)
                .append("=\"")
                .append(v.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\","));
      }
      assertThat(Challenge.parse(List.of(text.toString()))).isEqualTo(wanted);
    }
  }
}
