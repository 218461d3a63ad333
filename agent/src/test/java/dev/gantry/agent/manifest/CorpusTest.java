package dev.gantry.agent.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.admission.Decision;
import dev.gantry.agent.admission.RuntimeClassAdmission;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.ContainerInputs;
import dev.gantry.agent.podspec.Environment;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.source.ObjectCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Manifests in the forms that people write, each with what becomes of it beside it: what is wrong,
 * or the objects with all defaults and what the runtime is asked for. {@code GANTRY_WRITE_GOLDEN=1}
 * writes what becomes of them now.
 */
class CorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/manifests");
  private static final String UID = "0f0e0d0c-0000-4000-8000-000000000001";

  static List<String> manifests() throws IOException {
    try (Stream<Path> all = Files.list(CORPUS)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.endsWith(".expected"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void endsAsOnACluster(String name) throws IOException {
    String outcome = outcome(name);
    Path expected = CORPUS.resolve(name + ".expected");
    if ("1".equals(System.getenv("GANTRY_WRITE_GOLDEN"))) {
      Files.writeString(expected, outcome);
    }
    assertThat(outcome).isEqualTo(Files.readString(expected));
  }

  /** What is kept on disk reads as what was accepted. */
  @ParameterizedTest
  @MethodSource("manifests")
  void whatIsAcceptedReadsBackFromItsJson(String name) throws IOException {
    List<KubeObject> objects;
    try (InputStream in = Files.newInputStream(CORPUS.resolve(name))) {
      objects = Manifests.read(name, in);
    } catch (ManifestException e) {
      assertThat(e.problems()).isNotEmpty();
      return;
    }
    for (KubeObject object : objects) {
      assertThat(ObjectCodec.read(Json.write(object))).isEqualTo(object);
    }
  }

  @Test
  void coversWhatPeopleWriteAndWhatTheyGetWrong() throws IOException {
    List<String> all = manifests();
    assertThat(all.stream().filter(name -> name.startsWith("bad-"))).hasSizeGreaterThan(20);
    assertThat(all.stream().filter(name -> !name.startsWith("bad-"))).hasSizeGreaterThan(14);
  }

  private static String outcome(String name) throws IOException {
    List<KubeObject> objects;
    try (InputStream in = Files.newInputStream(CORPUS.resolve(name))) {
      objects = Manifests.read(name, in);
    } catch (ManifestException e) {
      return e.getMessage() + "\n";
    }
    StringBuilder out = new StringBuilder();
    List<Pod> pods = new ArrayList<>();
    for (KubeObject object : objects) {
      out.append(Json.pretty(object));
      if (object instanceof Pod pod) {
        pods.add(pod);
      } else if (object instanceof Deployment deployment) {
        pods.addAll(Replicas.of(deployment));
      }
    }
    for (Pod pod : pods) {
      describe(pod, objects, out);
    }
    return out.toString();
  }

  private static void describe(Pod given, List<KubeObject> objects, StringBuilder out) {
    out.append("--- ").append(given.reference()).append('\n');
    Decision decision =
        RuntimeClassAdmission.admit(
            given,
            name ->
                objects.stream()
                    .filter(RuntimeClass.class::isInstance)
                    .map(RuntimeClass.class::cast)
                    .filter(one -> one.metadata().name().equals(name))
                    .findFirst());
    switch (decision) {
      case Decision.Rejected rejected ->
          out.append(rejected.reason()).append(": ").append(rejected.message()).append('\n');
      case Decision.Admitted admitted -> configs(admitted.pod(), objects, out);
    }
  }

  @SuppressWarnings("LiteProtoToString") // read by people who compare it, and not optimized
  private static void configs(Pod pod, List<KubeObject> objects, StringBuilder out) {
    Pod known = pod.withMetadata(pod.metadata().withUid(UID));
    ObjectSource source = Corpus.source(objects);
    try {
      out.append("handler \"").append(PodConfigs.runtimeHandler(known)).append("\"\n");
      out.append(text(PodConfigs.sandbox(known, 0, null, Corpus.NODE).toString()));
      for (Container container :
          Stream.concat(known.spec().initContainers().stream(), known.spec().containers().stream())
              .toList()) {
        Map<String, String> env =
            Environment.resolve(
                known, container, source, Corpus.NODE, List.of("10.88.0.7", "fd00::7"));
        ContainerInputs inputs =
            new ContainerInputs(0, "sha256:1111", null, "", env, List.of(), null, null);
        out.append(text(PodConfigs.container(known, container, inputs, Corpus.NODE).toString()));
      }
    } catch (ContainerConfigException e) {
      out.append("CreateContainerConfigError: ").append(e.getMessage()).append('\n');
    }
  }

  /** Without the line that names the message's place in memory, and what only this machine has. */
  private static String text(String message) {
    return message
        .lines()
        .filter(line -> !line.startsWith("# dev.gantry") && !line.contains("thermal_throttle"))
        .reduce("", (all, line) -> all + line + "\n");
  }
}
