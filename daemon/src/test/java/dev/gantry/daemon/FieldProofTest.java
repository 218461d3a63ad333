package dev.gantry.daemon;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gantry.testkit.ConformanceTable;
import dev.gantry.testkit.ConformanceTable.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

  /**
   * A request's field counts when it is lost on the way there, one of an answer on the way back.
   */
  private static final Map<String, Boolean> IN_REQUESTS =
      Map.of("honoured", true, "answered", false);

  /** A test that waits for what cannot come has failed well before this. */
  private static final String DEADLINE = "90 s";

  private static final Path TEST_CLASSES = Path.of("target", "test-classes");

  private final Map<String, Class<?>> testClasses = testClasses();

  @TestFactory
  @EnabledIfSystemProperty(named = WANTED, matches = ".+")
  Stream<DynamicTest> aTestOfEachFieldFailsWithoutIt() throws IOException {
    Pattern wanted = Pattern.compile(System.getProperty(WANTED));
    return ConformanceTable.read(Path.of("..", "docs", "cri-conformance.md")).rows().stream()
        .filter(row -> IN_REQUESTS.containsKey(row.word()))
        .filter(row -> wanted.matcher(row.label()).find())
        .filter(row -> row.tests().stream().anyMatch(this::isHere))
        .map(row ->
            dynamicTest(
                row.label(),
                () ->
                    assertThat(failuresWithout(row)).as("failed of %s", row.tests()).isNotEmpty()));
  }

  /** That it fails is a proof only if it would not fail anyway. */
  @Test
  void aTestFailsWithoutItsFieldAndNotWithoutAnother() throws IOException {
    List<String> test = List.of("PodLifeTest#anotherNamespaceUidOrAttemptIsAnotherPod");

    assertThat(failuresWithout(new Row("PodSandboxMetadata", "uid", "honoured", test))).hasSize(1);
    assertThat(failuresWithout(new Row("RuntimeService", "RunPodSandbox", "honoured", test)))
        .hasSize(1);
    assertThat(
            failuresWithout(new Row("RunPodSandboxResponse", "pod_sandbox_id", "answered", test)))
        .hasSize(1);
    assertThat(failuresWithout(new Row("PodSandboxConfig", "hostname", "honoured", test)))
        .isEmpty();
  }

  /** The row's tests that fail, with why. What a class leaves behind is no proof. */
  private List<String> failuresWithout(Row row) {
    var listener = new SummaryGeneratingListener();
    LauncherDiscoveryRequest tests =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(row.tests().stream().filter(this::isHere).flatMap(this::select).toList())
            .configurationParameter("junit.jupiter.execution.timeout.default", DEADLINE)
            // A test that hangs may do so where nothing interrupts it.
            .configurationParameter(
                "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
            .build();
    FieldLoss.begin(row.section(), row.name(), requireNonNull(IN_REQUESTS.get(row.word())));
    int calls;
    try {
      LauncherFactory.create().execute(tests, listener);
    } finally {
      calls = FieldLoss.end();
    }
    assumeThat(calls).as("calls of a daemon by %s", row.tests()).isPositive();
    boolean ran = listener.getSummary().getTestsStartedCount() > 0;
    return listener.getSummary().getFailures().stream()
        .filter(failure -> failure.getTestIdentifier().isTest() || !ran)
        .map(
            failure -> failure.getTestIdentifier().getDisplayName() + ": " + failure.getException())
        .toList();
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
