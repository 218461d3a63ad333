package dev.gantry.agent.volume;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumesTest {
  private static final String UID = "1111-2222";

  @TempDir Path directory;
  private final Map<String, ConfigMap> configMaps = new TreeMap<>();
  private final Map<String, Secret> secrets = new TreeMap<>();
  private Volumes volumes;

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

  private void config(String name, String data) throws Exception {
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

  private static Pod pod(String volume, String mount, String more) throws Exception {
    return Corpus.pod(
        "containers: [{name: a, image: i, volumeMounts: [{name: v, mountPath: /v"
            + mount
            + "}]}]\nvolumes: [{name: v, "
            + volume
            + "}]\n"
            + more);
  }

  private Path setUp(Pod pod) throws VolumeException {
    return requireNonNull(volumes.setUp(pod).paths().get("v"));
  }

  private List<Mount> mounts(Pod pod) throws Exception {
    return volumes.mounts(
        pod,
        pod.spec().containers().getFirst(),
        volumes.setUp(pod),
        Map.of("NAME", "made"),
        Map.of(),
        List.of("10.0.0.7"));
  }

  private static int mode(Path path) throws IOException {
    return At.stat(At.CWD, path.toString(), false).mode() & 07777;
  }

  @Test
  void anEmptyDirIsForEverybodyAndKeepsWhatIsInIt() throws Exception {
    Pod pod = pod("emptyDir: {}", "", "");
    Path path = setUp(pod);
    assertThat(mode(path)).isEqualTo(0777);
    Files.writeString(path.resolve("x"), "kept");
    assertThat(setUp(pod)).isEqualTo(path);
    assertThat(path.resolve("x")).hasContent("kept");
    assertThat(volumes.podUids()).containsExactly(UID);
  }

  @Test
  void anEmptyDirBelongsToThePodsGroup() throws Exception {
    Path path = setUp(pod("emptyDir: {}", "", "securityContext: {fsGroup: 2000}"));
    assertThat(Files.getAttribute(path, "unix:gid")).isEqualTo(2000);
    assertThat(mode(path)).isEqualTo(02777);
  }

  @Test
  void memoryIsATmpfsOfItsLimitInWhichProgramsRun() throws Exception {
    Path path = setUp(pod("emptyDir: {medium: Memory, sizeLimit: 1Mi}", "", ""));
    MountTable.Entry mount = MountTable.at(path).orElseThrow();
    assertThat(mount.fsType()).isEqualTo("tmpfs");
    assertThatThrownBy(() -> Files.write(path.resolve("big"), new byte[2 << 20]))
        .isInstanceOf(IOException.class);
    Files.delete(path.resolve("big"));
    Path program = path.resolve("program");
    Files.writeString(program, "#!/bin/sh\nexit 7\n");
    AtomicWriter.setMode(program, 0755);
    assertThat(new ProcessBuilder(program.toString()).start().waitFor()).isEqualTo(7);
  }

  @Test
  void filesOfAConfigMapHaveTheirPathsAndModes() throws Exception {
    config("c", "{a: '1', b: '2', c: '3'}");
    Path path =
        setUp(
            pod(
                "configMap: {name: c, defaultMode: 0600, items: [{key: a, path: x/y/a}, {key: b,"
                    + " path: b, mode: 0444}]}",
                "",
                ""));
    assertThat(path.resolve("x/y/a")).hasContent("1");
    assertThat(path.resolve("b")).hasContent("2");
    assertThat(path.resolve("c")).doesNotExist();
    assertThat(mode(path.resolve("x/y/a").toRealPath())).isEqualTo(0600);
    assertThat(mode(path.resolve("b").toRealPath())).isEqualTo(0444);
    assertThat(Files.readSymbolicLink(path.resolve("b"))).hasToString("..data/b");
  }

  @Test
  void whatIsMissingIsNamedUnlessItIsOptional() throws Exception {
    config("c", "{a: '1'}");
    assertThatThrownBy(() -> setUp(pod("configMap: {name: none}", "", "")))
        .isInstanceOf(VolumeException.class)
        .hasMessage("MountVolume.SetUp failed for volume \"v\" : configmap \"none\" not found");
    assertThatThrownBy(() -> setUp(pod("secret: {secretName: none}", "", "")))
        .hasMessage("MountVolume.SetUp failed for volume \"v\" : secret \"none\" not found");
    assertThatThrownBy(() -> setUp(pod("configMap: {name: c, items: [{key: z, path: z}]}", "", "")))
        .hasMessage(
            "MountVolume.SetUp failed for volume \"v\" : references non-existent config key: z");
    setUp(pod("configMap: {name: none, optional: true}", "", ""));
  }

  @Test
  void aSecretStaysOffTheDisk() throws Exception {
    secrets.put(
        "s",
        (Secret)
            Corpus.read(
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {key: hush}")
                .getFirst());
    Path path =
        setUp(
            pod("secret: {secretName: s, defaultMode: 0400}", "", "securityContext: {fsGroup: 7}"));
    assertThat(path.resolve("key")).hasContent("hush");
    assertThat(MountTable.at(path).orElseThrow().fsType()).isEqualTo("tmpfs");
    Path file = path.resolve("key").toRealPath();
    assertThat(mode(file)).isEqualTo(0440);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(7);
  }

  @Test
  void severalSourcesShareOneDirectory() throws Exception {
    config("c", "{a: '1'}");
    Path path =
        setUp(
            pod(
                "projected: {sources: [{configMap: {name: c}}, {downwardAPI: {items: [{path: name,"
                    + " fieldRef: {fieldPath: metadata.name}}, {path: cpu, resourceFieldRef:"
                    + " {containerName: a, resource: limits.cpu}}]}}]}",
                "",
                ""));
    assertThat(path.resolve("a")).hasContent("1");
    assertThat(path.resolve("name")).hasContent("web");
    assertThat(path.resolve("cpu")).hasContent("4");
  }

  /** A reader who opens the directory once sees the files of one version only. */
  @Test
  void anUpdateShowsAllFilesOrNone() throws Exception {
    config("c", "{a: '0', b: '0', gone0: x}");
    Pod pod = pod("configMap: {name: c}", "", "");
    Path path = setUp(pod);
    assertThat(volumes.refresh(pod)).isFalse();
    AtomicBoolean end = new AtomicBoolean();
    List<String> mixed = new ArrayList<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (!end.get()) {
                readOnce(path, mixed);
              }
            });
    for (int i = 1; i <= 100; i++) {
      config("c", "{a: '" + i + "', b: '" + i + "', gone" + i + ": x}");
      assertThat(volumes.refresh(pod)).isTrue();
    }
    end.set(true);
    reader.join();
    assertThat(mixed).isEmpty();
    assertThat(path.resolve("a")).hasContent("100");
    try (var left = Files.list(path)) {
      assertThat(
              left.map(one -> one.getFileName().toString()).filter(one -> !one.startsWith("..2")))
          .hasSize(5)
          .contains("..data", "a", "b", "gone100");
    }
  }

  private static void readOnce(Path path, List<String> mixed) {
    try {
      Path version = path.resolve("..data").toRealPath();
      String a = Files.readString(version.resolve("a"));
      String b = Files.readString(version.resolve("b"));
      if (!a.equals(b)) {
        mixed.add(a + "/" + b);
      }
    } catch (IOException e) {
      // That version was removed meanwhile; the next look finds the new one.
      Thread.onSpinWait();
    }
  }

  @Test
  void filesAreWhatWasWrittenLastWhateverWasThereBefore() throws Exception {
    Random random = new Random(3);
    Path root = Files.createDirectory(directory.resolve("writer"));
    AtomicWriter writer = new AtomicWriter(root, null);
    for (int i = 0; i < 200; i++) {
      TreeMap<String, AtomicWriter.File> files = new TreeMap<>();
      for (int n = random.nextInt(6); n > 0; n--) {
        String name = "d" + random.nextInt(3) + (random.nextBoolean() ? "/e" : ".txt");
        files.put(
            name,
            new AtomicWriter.File(
                new byte[] {(byte) random.nextInt(3)}, 0600 + random.nextInt(64)));
      }
      boolean changed = writer.write(files);
      assertThat(writer.write(files)).isFalse();
      assertThat(changed || i > 0).isTrue();
      TreeMap<String, Byte> found = new TreeMap<>();
      try (var all = Files.walk(root.resolve("..data").toRealPath())) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          String name = root.resolve("..data").toRealPath().relativize(file).toString();
          found.put(name, Files.readAllBytes(root.resolve(name))[0]);
        }
      }
      TreeMap<String, Byte> wanted = new TreeMap<>();
      files.forEach((name, file) -> wanted.put(name, file.content()[0]));
      assertThat(found).isEqualTo(wanted);
    }
  }

  @Test
  void aPathThatLeavesTheVolumeIsNotWritten() throws Exception {
    Path root = Files.createDirectory(directory.resolve("writer"));
    for (String path : List.of("../x", "/x", "a/../../x", "..x", "")) {
      TreeMap<String, AtomicWriter.File> files = new TreeMap<>();
      files.put(path, new AtomicWriter.File(new byte[0], 0644));
      assertThatThrownBy(() -> new AtomicWriter(root, null).write(files))
          .isInstanceOf(IOException.class);
    }
    assertThat(directory.resolve("x")).doesNotExist();
  }

  @Test
  void aSubPathIsMadeAndPinned() throws Exception {
    Pod pod = pod("emptyDir: {}", ", subPathExpr: logs/$(NAME)", "");
    Mount mount = mounts(pod).getFirst();
    Path made = setUp(pod).resolve("logs/made");
    assertThat(mode(made)).isEqualTo(0777);
    Files.writeString(made.resolve("x"), "1");
    assertThat(Path.of(mount.getHostPath()).resolve("x")).hasContent("1");
    assertThat(mounts(pod).getFirst()).isEqualTo(mount);
    assertThat(MountTable.under(Path.of(mount.getHostPath()))).hasSize(1);
  }

  @Test
  void aSubPathOfAConfigMapIsOneFile() throws Exception {
    config("c", "{app.conf: hello}");
    Mount mount = mounts(pod("configMap: {name: c}", ", subPath: app.conf", "")).getFirst();
    assertThat(Path.of(mount.getHostPath())).isRegularFile().hasContent("hello");
    assertThat(mount.getReadonly()).isTrue();
  }

  /** Whatever links a container leaves in its volume, what is mounted is in the volume. */
  @Test
  void noLinkLeadsASubPathOutOfItsVolume() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside/deep"));
    Files.writeString(directory.resolve("outside/secret"), "root only");
    Random random = new Random(9);
    String[] targets = {
      "/",
      "..",
      "../..",
      "/etc",
      outside.toString(),
      "a",
      "b",
      "../a",
      "./c",
      "a/../..",
      "/proc/self/root",
      "/proc/1/root",
      "b/c",
      ".",
      "../../../../../../../../etc"
    };
    String[] names = {"a", "b", "c"};
    int refused = 0;
    int mounted = 0;
    for (int round = 0; round < 60; round++) {
      Pod plain = pod("emptyDir: {}", "", "");
      Path volume = setUp(plain);
      for (String name : names) {
        Path path = volume.resolve(name);
        if (random.nextInt(3) == 0) {
          Files.createDirectory(path);
        } else {
          Files.createSymbolicLink(path, Path.of(targets[random.nextInt(targets.length)]));
        }
      }
      String subPath = names[random.nextInt(3)] + "/" + names[random.nextInt(3)] + "/" + "new";
      Files.writeString(volume.resolve("mark"), "in");
      try {
        Mount mount = mounts(pod("emptyDir: {}", ", subPath: " + subPath, "")).getFirst();
        long device = At.stat(At.CWD, volume.toString(), false).dev();
        Path pinned = Path.of(mount.getHostPath());
        assertThat(At.stat(At.CWD, pinned.toString(), false).dev()).isEqualTo(device);
        Path probe = pinned.resolve("probe");
        Files.writeString(probe, "x");
        try (var all = Files.walk(volume)) {
          assertThat(all.filter(path -> path.endsWith("probe"))).isNotEmpty();
        }
        mounted++;
      } catch (ContainerConfigException e) {
        assertThat(e).hasMessageStartingWith("failed to prepare subPath for volumeMount \"v\"");
        refused++;
      }
      volumes.tearDown(UID);
    }
    assertThat(refused).isPositive();
    assertThat(mounted).isPositive();
    assertThat(directory.resolve("outside/secret")).hasContent("root only");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aHostPathIsWhatItHasToBeAndOutlivesThePod() throws Exception {
    Path host = directory.resolve("host/data");
    Pod pod = pod("hostPath: {path: " + host + ", type: DirectoryOrCreate}", ", subPath: s", "");
    mounts(pod);
    Files.writeString(host.resolve("s/file"), "mine");
    volumes.tearDown(UID);
    assertThat(host.resolve("s/file")).hasContent("mine");
    for (String type : List.of("File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice")) {
      assertThatThrownBy(
              () -> setUp(pod("hostPath: {path: " + host + ", type: " + type + "}", "", "")))
          .isInstanceOf(VolumeException.class)
          .hasMessageContaining("hostPath type check failed: " + host + " is not a ");
    }
    assertThatThrownBy(
            () -> setUp(pod("hostPath: {path: " + directory + "/no, type: Directory}", "", "")))
        .hasMessageContaining("is not a directory");
    assertThat(setUp(pod("hostPath: {path: /dev/null, type: CharDevice}", "", "")))
        .isEqualTo(Path.of("/dev/null"));
    setUp(pod("hostPath: {path: " + directory + "/f, type: FileOrCreate}", "", ""));
    assertThat(directory.resolve("f")).isRegularFile();
  }

  @Test
  void everyContainerGetsHostsAndAPlaceForItsLastWords() throws Exception {
    List<Mount> mounts =
        mounts(
            pod(
                "emptyDir: {}",
                "",
                "hostname: h\nsubdomain: s\nhostAliases: [{ip: 10.1.1.1, hostnames: [x, z]}]"));
    assertThat(mounts.stream().map(Mount::getContainerPath))
        .containsExactly("/v", "/etc/hosts", "/dev/termination-log");
    assertThat(Path.of(mounts.get(1).getHostPath()))
        .hasContent(
            """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters
            10.0.0.7\th.s.default.svc.cluster.local\th

            # Entries added by HostAliases.
            10.1.1.1\tx\tz
            """);
    assertThat(mode(Path.of(mounts.get(2).getHostPath()))).isEqualTo(0666);
  }
}
