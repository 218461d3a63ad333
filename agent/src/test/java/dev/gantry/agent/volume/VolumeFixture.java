package dev.gantry.agent.volume;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Volumes below a directory of the test, which leaves no mount. */
abstract class VolumeFixture {
  static final String UID = "1111-2222";

  @TempDir Path directory;
  final Map<String, ConfigMap> configMaps = new TreeMap<>();
  final Map<String, Secret> secrets = new TreeMap<>();
  Volumes volumes;

  @BeforeEach
  void make() {
    volumes =
        new Volumes(
            directory.resolve("pods"),
            new dev.gantry.agent.api.ObjectSource() {
              @Override
              public java.util.Optional<ConfigMap> configMap(String namespace, String name) {
                return java.util.Optional.ofNullable(configMaps.get(name));
              }

              @Override
              public java.util.Optional<Secret> secret(String namespace, String name) {
                return java.util.Optional.ofNullable(secrets.get(name));
              }
            },
            Corpus.NODE);
  }

  @AfterEach
  void tearDown() throws IOException {
    volumes.tearDown(UID);
    assertThat(MountTable.under(directory)).isEmpty();
    assertThat(directory.resolve("pods").resolve(UID)).doesNotExist();
  }

  void config(String name, String data) throws Exception {
    configMaps.put(
        name,
        (ConfigMap)
            Corpus.read(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "
                        + name
                        + "}\ndata: "
                        + data)
                .getFirst());
  }

  static Pod pod(String volume, String mount, String more) throws Exception {
    return Corpus.pod(
        "containers: [{name: a, image: i, volumeMounts: [{name: v, mountPath: /v"
            + mount
            + "}]}]\nvolumes: [{name: v, "
            + volume
            + "}]\n"
            + more);
  }

  Path setUp(Pod pod) throws VolumeException {
    return requireNonNull(volumes.setUp(pod).paths().get("v"));
  }

  List<Mount> mounts(Pod pod) throws Exception {
    return volumes.mounts(
        pod,
        pod.spec().containers().getFirst(),
        volumes.setUp(pod),
        Map.of("NAME", "made"),
        Map.of(),
        List.of("10.0.0.7"));
  }

  static int mode(Path path) throws IOException {
    return At.stat(At.CWD, path.toString(), false).mode() & 07777;
  }
}
