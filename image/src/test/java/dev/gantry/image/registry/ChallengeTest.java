package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
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
}
