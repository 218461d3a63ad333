package dev.gantry.agent.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.linux.mount.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Volumes whose files the node writes. */
final class WrittenVolumesTest extends VolumeFixture {
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
      // The fifth is the directory with the files.
      assertThat(left.map(one -> one.getFileName().toString()))
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
}
