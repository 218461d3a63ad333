package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which network pods get, and what an operator is told when there is none. */
class ConfigurationTest {
  @TempDir Path dir;
  private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(dir);
    fixture.plugins.working("one");
    fixture.plugins.working("two");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void withoutADirectoryTheMessageNamesItAndWhatToDo() {
    PodNetworks networks = fixture.open();

    assertThat(networks.status())
        .isEqualTo(
            new NetworkStatus(
                false,
                "NetworkPluginNotReady",
                "no network configuration in "
                    + fixture.configs
                    + " ("
                    + fixture.configs
                    + " does not exist): install a network add-on, which puts one there, or set default_network = true",
                "",
                List.of()));
    assertThatThrownBy(() -> networks.attach(Fixture.request()))
        .isInstanceOf(NetworkException.NotReady.class)
        .hasMessage(networks.status().message());
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void theFirstValidFileByNameIsTheNetworkAndABrokenOneIsReported() {
    fixture
        .config("05-broken.conflist", "{\"name\":\"x\"")
        .config("07-notes.txt", "not looked at")
        .config(
            "10-single.conf",
            "{\"cniVersion\":\"0.4.0\",\"name\":\"single\",\"type\":\"one\",\"k\":1}")
        .list("20-list.conflist", "list", "two");

    NetworkStatus status = fixture.open().status();

    assertThat(status.ready()).isTrue();
    assertThat(status.networkName()).isEqualTo("single");
    assertThat(status.problems())
        .singleElement()
        .asString()
        .startsWith(fixture.configs.resolve("05-broken.conflist") + ": it is not JSON: ");
  }

  @Test
  void aSinglePluginsFileIsAListOfOne() throws Exception {
    fixture.config(
        "10.json", "{\"cniVersion\":\"0.4.0\",\"name\":\"single\",\"type\":\"one\",\"k\":1}");
    AttachRequest request = Fixture.request();

    fixture.open().attach(request);

    assertThat(JsonText.string(fixture.plugins.input("one", CniVerb.ADD)))
        .isEqualTo("{\"cniVersion\":\"0.4.0\",\"name\":\"single\",\"type\":\"one\",\"k\":1}");
  }

  static Stream<Arguments> invalid() {
    return Stream.of(
        Arguments.of("a.conflist", "", "it is empty"),
        Arguments.of("a.conflist", "[]", "it is JSON but not an object"),
        Arguments.of(
            "a.conflist", "{} trailing", "there is something after the end of the JSON object"),
        Arguments.of("a.conflist", "{\"plugins\":[{\"type\":\"one\"}]}", "it has no \"name\""),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"../x\",\"plugins\":[{\"type\":\"one\"}]}",
            "its name \"../x\" is not made of letters, digits, '_', '.' and '-'"),
        Arguments.of(
            "a.conflist", "{\"name\":\"x\"}", "it has no \"plugins\", or the list is empty"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"plugins\":[]}",
            "it has no \"plugins\", or the list is empty"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"plugins\":[7]}",
            "its plug-in number 1 is not an object"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"plugins\":[{\"type\":\"one\"},{}]}",
            "its plug-in number 2 has no \"type\""),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"plugins\":[{\"type\":\"../../bin/sh\"}]}",
            "its plug-in type \"../../bin/sh\" is no file name"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"cniVersion\":\"7.0.0\",\"plugins\":[{\"type\":\"one\"}]}",
            "its cniVersion 7.0.0 is none of 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0"),
        Arguments.of("a.conf", "{\"name\":\"x\"}", "it has no \"type\""),
        Arguments.of(
            "a.json",
            "{\"name\":\"x\",\"plugins\":[{\"type\":\"one\"}]}",
            "it is a list of plug-ins: give it the extension .conflist"),
        Arguments.of("a.conf", "[".repeat(5000), "it is nested more than 64 levels deep"));
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void anInvalidFileIsTold(String name, String text, String problem) {
    NetworkStatus status = fixture.config(name, text).open().status();

    Path file = fixture.configs.resolve(name);
    assertThat(status.ready()).isFalse();
    assertThat(status.problems()).containsExactly(file + ": " + problem);
    assertThat(status.message())
        .isEqualTo(
            "no valid network configuration: "
                + file
                + ": "
                + problem
                + ": correct or remove the file");
  }

  @Test
  void whatIsNoRegularFileOrTooLargeIsNotRead() throws Exception {
    Files.createDirectories(fixture.configs.resolve("10-dir.conf"));
    Shell.run("mkfifo", fixture.configs.resolve("20-fifo.conf").toString());
    try (var file =
        new java.io.RandomAccessFile(fixture.configs.resolve("30-big.conf").toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    Files.createSymbolicLink(fixture.configs.resolve("40-dangling.conf"), Path.of("nowhere"));

    assertThat(fixture.open().status().problems())
        .hasSize(4)
        .satisfiesExactly(
            a -> assertThat(a).endsWith("10-dir.conf: it is no regular file"),
            b -> assertThat(b).endsWith("20-fifo.conf: it is no regular file"),
            c -> assertThat(c).endsWith("30-big.conf: it is larger than 1048576 bytes"),
            d -> assertThat(d).contains("40-dangling.conf: cannot be read: "));
  }

  @Test
  void theNewestVersionThatIsKnownIsSpoken() throws Exception {
    fixture.config(
        "1.conflist",
        "{\"cniVersion\":\"0.4.0\",\"cniVersions\":[\"0.4.0\",\"1.0.0\",\"9.0.0\"],\"name\":\"x\",\"plugins\":[{\"type\":\"one\"}]}");

    fixture.open().attach(Fixture.request());

    assertThat(fixture.plugins.input("one", CniVerb.ADD).string("cniVersion")).contains("1.0.0");
  }

  @Test
  void aMissingPluginIsNamedUntilItIsInstalled() {
    fixture.list("1.conflist", "net1", "one", "three");
    PodNetworks networks = fixture.open();

    assertThat(networks.status().message())
        .isEqualTo(
            "network \"net1\" from "
                + fixture.configs.resolve("1.conflist")
                + ": plug-in three not found in "
                + fixture.plugins.dir()
                + ": install it there");
    fixture.plugins.working("three");
    await().until(() -> networks.status().ready());
  }

  /** The catalog itself, which unlike {@link PodNetworks#status} does not look again when asked. */
  private void watching(Watched body) throws IOException {
    NetworkSettings settings =
        new NetworkSettings(
            List.of(fixture.configs), List.of(fixture.plugins.dir()), Duration.ofSeconds(5), null);
    NetworkCatalog catalog =
        new NetworkCatalog(
            settings,
            new CniNetwork(new PluginProtocol(new SpawnPluginRunner(), settings.pluginTimeout())));
    ConfigWatch watch = ConfigWatch.start(settings, catalog);
    try {
      body.run(catalog);
    } finally {
      watch.close();
    }
  }

  private interface Watched {
    void run(NetworkCatalog catalog) throws IOException;
  }

  @Test
  void aConfigurationThatComesLaterIsSeenWithoutAsking() throws Exception {
    watching(catalog -> {
      assertThat(catalog.status().ready()).isFalse();

      fixture.list("10.conflist", "net1", "one");
      await().until(() -> catalog.status().networkName().equals("net1"));

      fixture.list("05.conflist", "net0", "two");
      await().until(() -> catalog.status().networkName().equals("net0"));

      Files.delete(fixture.configs.resolve("05.conflist"));
      await().until(() -> catalog.status().networkName().equals("net1"));

      Files.delete(fixture.plugins.dir().resolve("one"));
      await().until(() -> !catalog.status().ready());
    });
  }

  @Test
  void aReplacedDirectoryIsSeen() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    watching(catalog -> {
      Path other = Files.createDirectories(dir.resolve("etc/cni/net.d.new"));
      Files.writeString(
          other.resolve("1.conflist"),
          "{\"cniVersion\":\"1.0.0\",\"name\":\"net2\",\"plugins\":[{\"type\":\"one\"}]}");

      Files.move(fixture.configs, dir.resolve("etc/cni/net.d.old"));
      Files.move(other, fixture.configs);

      await().until(() -> catalog.status().networkName().equals("net2"));
      deleteAll(dir.resolve("etc"));
      await().until(() -> !catalog.status().ready());
      fixture.list("10.conflist", "net3", "one");
      await().until(() -> catalog.status().networkName().equals("net3"));
    });
  }

  private static void deleteAll(Path tree) throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void anAttachUsesWhatIsThereNow() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    PodNetworks networks = fixture.open();

    fixture.list("10.conflist", "net22", "one");

    assertThat(networks.attach(Fixture.request()).networkName()).isEqualTo("net22");
  }
}
