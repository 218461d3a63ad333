package dev.gantry.cri.json;

import static java.util.Locale.ROOT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.testkit.ConformanceTable;
import dev.gantry.testkit.ConformanceTable.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Holds docs/cri-conformance.md against the contract and the tests: every call and field has its
 * row, no row is of anything else, and what is claimed is claimed with a test that exists and, of a
 * request's field, sets it.
 */
class ConformanceTableTest {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> STATES =
      Set.of("honoured", "answered", "refused", "ignored", "not sent");
  private static final Set<String> EXPLAINED = Set.of("refused", "ignored", "not sent");

  private final ConformanceTable table = table();
  private final Map<String, Object> contract = contract();

  @Test
  void everyCallAndFieldOfTheContractHasItsRowAndNothingElseHas() {
    var wanted = new ArrayList<String>();
    map(contract.get("services"))
        .forEach((service, calls) ->
            list(calls).forEach(call -> wanted.add(service + "." + map(call).get("name"))));
    map(contract.get("messages"))
        .forEach((message, data) ->
            list(map(data).get("fields"))
                .forEach(field -> wanted.add(message + "." + map(field).get("name"))));
    assertThat(table.rows()).extracting(Row::label).containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(table.messages())
        .containsExactlyInAnyOrderElementsOf(map(contract.get("messages")).keySet());
  }

  @Test
  void everyStateIsExplainedAndProven() {
    var wrong = new ArrayList<String>();
    for (Row row : table.rows()) {
      if (!STATES.contains(row.word())) {
        wrong.add(row.label() + ": no such state: " + row.state());
      } else if (EXPLAINED.contains(row.word()) == row.reason().isEmpty()) {
        wrong.add(row.label() + ": why, behind a colon, and only where it is needed");
      } else if (row.word().equals("refused") && row.quoted().isEmpty()) {
        wrong.add(row.label() + ": refused with which text, in quotes?");
      } else if (row.tests().isEmpty()) {
        wrong.add(row.label() + ": " + row.word() + ", but no test proves it");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    TestSources sources = TestSources.below(TOP);
    List<String> missing =
        table.rows().stream()
            .flatMap(row ->
                row.tests().stream()
                    .filter(test -> !sources.has(test))
                    .map(test -> row.label() + ": " + test))
            .toList();
    assertThat(missing).isEmpty();
  }

  @Test
  void theTextOfEveryRefusalIsInItsTest() throws IOException {
    TestSources sources = TestSources.below(TOP);
    var missing = new ArrayList<String>();
    for (Row row : table.rows()) {
      if (row.word().equals("refused")) {
        String tests = row.tests().stream().map(sources::body).collect(Collectors.joining());
        row.quoted().stream()
            .filter(text -> !tests.contains(text))
            .forEach(text -> missing.add(row.label() + ": " + text));
      }
    }
    assertThat(missing).isEmpty();
  }

  /** A test that does not set the field passes as well when the field is not honoured. */
  @Test
  void everyFieldThatIsHonouredIsSetByItsTest() throws IOException {
    TestSources sources = TestSources.below(TOP);
    var unset = new ArrayList<String>();
    for (Row row : table.rows()) {
      if (row.word().equals("honoured") && table.messages().contains(row.section())) {
        String tests = row.tests().stream().map(sources::withShared).collect(Collectors.joining());
        if (!setter(row.name()).matcher(tests).find()) {
          unset.add(row.label() + ": " + row.tests());
        }
      }
    }
    assertThat(unset).isEmpty();
  }

  /** Matches what sets a field of a message: {@code .setLogPath(}, {@code ::addMounts}. */
  private static Pattern setter(String field) {
    String name =
        Pattern.compile("(^|_)(.)").matcher(field).replaceAll(m -> m.group(2).toUpperCase(ROOT));
    return Pattern.compile("[.:](set|add|addAll|put|putAll)" + name + "\\b");
  }

  @Test
  void theContractIsThePublishedOneWhereThatIsAtHand() throws IOException {
    Path published = TOP.resolve("../shared/cri/contract.json");
    String text = Files.exists(published) ? Files.readString(published) : text();
    assertThat(JsonText.parse(text)).isEqualTo(contract);
  }

  private static ConformanceTable table() {
    try {
      return ConformanceTable.read(TOP.resolve("docs/cri-conformance.md"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String text() throws IOException {
    try (InputStream in =
        requireNonNull(ConformanceTableTest.class.getResourceAsStream("/contract.json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, Object> contract() {
    try {
      return map(JsonText.parse(text()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unchecked") // JSON objects have names for keys, and this file has no nulls.
  private static Map<String, Object> map(@Nullable Object tree) {
    return (Map<String, Object>) requireNonNull(tree);
  }

  @SuppressWarnings("unchecked") // As above.
  private static List<Object> list(@Nullable Object tree) {
    return (List<Object>) requireNonNull(tree);
  }
}
