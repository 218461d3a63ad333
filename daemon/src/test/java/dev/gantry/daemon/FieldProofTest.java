package dev.gantry.daemon;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gantry.daemon.FieldLoss.Traffic;
import dev.gantry.testkit.ConformanceTable;
import dev.gantry.testkit.ConformanceTable.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.discovery.MethodSelector;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Holds what docs/cri-conformance.md says of the tests that it names: with a field lost on its way,
 * as if the code that honours or answers it were not there, one of them fails.
 *
 * <p>All rows take a quarter of an hour, so that each run of the tests tries but one; {@code
 * -Dgantry.fields=REGEX} tries those rows whose {@code Message.field} or {@code Service.Call} has
 * the expression in it, {@code .} all of them.
 */
class FieldProofTest {
  private static final String WANTED = "gantry.fields";

  /** A test that waits for what cannot come has failed well before this. */
  private static final String DEADLINE = "90 s";

  private static final Path TEST_CLASSES = Path.of("target", "test-classes");

  private final Map<String, Class<?>> testClasses = testClasses();

  /** What became of the tests of a row while its field was lost. */
  private record Outcome(List<String> failures, Traffic traffic) {}

  @TestFactory
  @EnabledIfSystemProperty(named = WANTED, matches = ".+")
  Stream<DynamicTest> aTestOfEachFieldFailsWithoutIt() throws IOException {
    Pattern wanted = Pattern.compile(System.getProperty(WANTED));
    return ConformanceTable.read(Path.of("..", "docs", "cri-conformance.md")).rows().stream()
        .filter(row -> wanted.matcher(row.label()).find())
        .filter(row -> row.tests().stream().anyMatch(this::isHere))
        .flatMap(row ->
            switch (row.word()) {
              case "honoured" -> honoured(row);
              case "answered" -> Stream.of(answered(row));
              default -> Stream.of();
            });
  }

  /** A field of a request, of which answers may tell again. */
  private Stream<DynamicTest> honoured(Row row) {
    DynamicTest asked =
        dynamicTest(row.label(), () -> proven(row, whileLost(row, true), Traffic::calls));
    return FieldLoss.isInAnswers(row.section())
        ? Stream.of(
            asked,
            dynamicTest(
                row.label() + " in answers",
                () -> proven(row, whileLost(row, false), Traffic::lost)))
        : Stream.of(asked);
  }

  private DynamicTest answered(Row row) {
    return dynamicTest(row.label(), () -> proven(row, whileLost(row, false), Traffic::calls));
  }

  /** Nothing is said of a test that makes no call, or gets no answer with the field. */
  private static void proven(Row row, Outcome outcome, ToIntFunction<Traffic> needed) {
    assumeThat(needed.applyAsInt(outcome.traffic())).as("%s", row.tests()).isPositive();
    assertThat(outcome.failures()).as("failed of %s", row.tests()).isNotEmpty();
  }

  /** That it fails is a proof only if it would not fail anyway. */
  @Test
  void aTestFailsWithoutItsFieldAndNotWithoutAnother() {
    assertThat(failuresWithout("PodSandboxMetadata", "uid", true)).hasSize(1);
    assertThat(failuresWithout("RuntimeService", "RunPodSandbox", true)).hasSize(1);
    assertThat(failuresWithout("RunPodSandboxResponse", "pod_sandbox_id", false)).hasSize(1);
    assertThat(failuresWithout("PodSandboxConfig", "hostname", true)).isEmpty();
  }

  private List<String> failuresWithout(String message, String field, boolean inRequests) {
    String test = "PodLifeTest#anotherNamespaceUidOrAttemptIsAnotherPod";
    return whileLost(new Row(message, field, "", List.of(test)), inRequests).failures();
  }

  /** Runs the tests of a row. What a class leaves behind is no failure: it proves nothing. */
  private Outcome whileLost(Row row, boolean inRequests) {
    var listener = new SummaryGeneratingListener();
    LauncherDiscoveryRequest tests =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(row.tests().stream().filter(this::isHere).flatMap(this::select).toList())
            .configurationParameter("junit.jupiter.execution.timeout.default", DEADLINE)
            // A test that hangs may do so where nothing interrupts it.
            .configurationParameter(
                "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
            .build();
    FieldLoss.begin(row.section(), row.name(), inRequests);
    Traffic traffic;
    try {
      LauncherFactory.create().execute(tests, listener);
    } finally {
      traffic = FieldLoss.end();
    }
    boolean ran = listener.getSummary().getTestsStartedCount() > 0;
    List<String> failures =
        listener.getSummary().getFailures().stream()
            .filter(failure -> failure.getTestIdentifier().isTest() || !ran)
            .map(failure ->
                failure.getTestIdentifier().getDisplayName() + ": " + failure.getException())
            .toList();
    return new Outcome(failures, traffic);
  }

  /** Whether it is a test of this module; others have no daemon to lose a field on the way to. */
  private boolean isHere(String test) {
    return testClasses.containsKey(className(test));
  }

  private Stream<MethodSelector> select(String test) {
    Class<?> type = requireNonNull(testClasses.get(className(test)));
    String method = test.substring(test.indexOf('#') + 1);
    return Stream.of(type.getDeclaredMethods())
        .filter(declared -> declared.getName().equals(method))
        .map(declared -> DiscoverySelectors.selectMethod(type, declared));
  }

  /** Of {@code daemon/Class#method} as of {@code Class#method}. */
  private static String className(String test) {
    return test.substring(0, test.indexOf('#')).replaceFirst("^daemon/", "");
  }

  private static Map<String, Class<?>> testClasses() {
    try (Stream<Path> files = Files.walk(TEST_CLASSES)) {
      return files
          .filter(file -> file.toString().endsWith("Test.class"))
          .map(file -> TEST_CLASSES.relativize(file).toString())
          .map(file -> file.replace(".class", "").replace('/', '.'))
          .map(FieldProofTest::load)
          .collect(Collectors.toMap(Class::getSimpleName, type -> type));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, FieldProofTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
