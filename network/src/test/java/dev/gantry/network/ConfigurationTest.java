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
import org.junit.jupiter.params.provider.CsvSource;
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

  private List<String> plugins() {
    return ConfigListing.read(List.of(fixture.configs)).networks().stream()
        .flatMap(found -> found.network().plugins().stream())
        .map(NetworkConfig.Plugin::type)
        .toList();
  }

  @Test
  void pluginsOfFilesAreAppendedInTheOrderOfTheirNames() throws Exception {
    fixture.list("1.conflist", "net1", "one");
    pluginFileDirectory();

    assertThat(plugins()).containsExactly("one", "three", "two");
    fixture.plugins.working("three");
    AttachRequest request = Fixture.request();
    PodNetworks networks = fixture.open();
    networks.attach(request);
    deleteAll(fixture.configs.resolve("net1"));
    networks.close();
    // As they were at ADD.
    fixture.open().detach(request.podId());
    assertThat(fixture.plugins.calls())
        .extracting(call -> call.substring(0, call.lastIndexOf(' ')))
        .containsExactly("ADD one", "ADD three", "ADD two", "DEL two", "DEL three", "DEL one");
  }

  private void pluginFileDirectory() {
    String two = "{\"type\":\"two\"}";
    fixture
        .config("net1/20-last.conf", two)
        .config("net1/10-first.conf", "{\"type\":\"three\"}")
        .config("net1/30-other.json", two)
        .config("net1/40-directory.conf/file.conf", two)
        .config("net2/10.conf", two);
  }

  @Test
  void aListMayHaveItsPluginsInFilesOnlyOrInTheListOnly() {
    pluginFileDirectory();
    String none = "{\"cniVersion\":\"1.0.0\",\"name\":\"net1\"";

    fixture.config("1.conflist", none + "}");
    assertThat(plugins()).containsExactly("three", "two");
    fixture.config(
        "1.conflist", none + ",\"loadOnlyInlinedPlugins\":true,\"plugins\":[{\"type\":\"one\"}]}");
    assertThat(plugins()).containsExactly("one");
    // As in libcni.
    fixture.config("1.conflist", none + ",\"plugins\":[]}");
    assertThat(plugins()).isEmpty();
    fixture.config("1.conflist", none + ",\"loadOnlyInlinedPlugins\":true}");
    assertThat(plugins()).isEmpty();
  }

  @Test
  void aFaultInAPluginsFileIsToldWithItsName() {
    fixture.list("1.conflist", "net1", "one").config("net1/10.conf", "{\"name\":\"net1\"}");

    assertThat(fixture.open().status().problems())
        .containsExactly(
            fixture.configs.resolve("1.conflist")
                + ": its plug-in in "
                + fixture.configs.resolve("net1/10.conf")
                + ": it has no \"type\"");
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
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"disableCheck\":\"yes\",\"plugins\":[{\"type\":\"one\"}]}",
            "its \"disableCheck\" is \"yes\", neither true nor false"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"disableGC\":1,\"plugins\":[{\"type\":\"one\"}]}",
            "its \"disableGC\" is 1, neither true nor false"),
        Arguments.of(
            "a.conflist",
            "{\"name\":\"x\",\"loadOnlyInlinedPlugins\":null,\"plugins\":[{\"type\":\"one\"}]}",
            "its \"loadOnlyInlinedPlugins\" is null, neither true nor false"),
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

  @ParameterizedTest
  @CsvSource({"true,true", "\"true\",true", "\"True\",true", "false,false", "\"false\",false"})
  void aBooleanMayBeWrittenAsAString(String written, boolean meant) throws Exception {
    NetworkConfig network =
        NetworkConfig.ofList(
            JsonText.parse(
                "{\"name\":\"x\",\"disableCheck\":"
                    + written
                    + ",\"disableGC\":"
                    + written
                    + ",\"plugins\":[{\"type\":\"one\"}]}"));

    assertThat(network.disableCheck()).isEqualTo(meant);
    assertThat(network.disableGc()).isEqualTo(meant);
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
    NetworkCatalog catalog = catalog();
    ConfigWatch watch = ConfigWatch.start(settings(), catalog);
    try {
      body.run(catalog);
    } finally {
      watch.close();
    }
  }

  private NetworkSettings settings() {
    return new NetworkSettings(
        List.of(fixture.configs), List.of(fixture.plugins.dir()), Duration.ofSeconds(5), null);
  }

  private NetworkCatalog catalog() {
    NetworkSettings settings = settings();
    return new NetworkCatalog(
        settings,
        new CniNetwork(new PluginProtocol(new SpawnPluginRunner(), settings.pluginTimeout())));
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

  private static List<String> types(NetworkCatalog catalog) {
    return catalog.networks().getFirst().plugins().stream()
        .map(NetworkConfig.Plugin::type)
        .toList();
  }

  @Test
  void aPluginsFileIsSeenWhenItComesChangesAndGoes() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    watching(catalog -> {
      fixture.config("net1/10.conf", "{\"type\":\"two\"}");
      await().until(() -> types(catalog).equals(List.of("one", "two")));
      fixture.config("net1/10.conf", "{\"type\":\"six\"}");
      await().until(() -> types(catalog).equals(List.of("one", "six")));
      deleteAll(fixture.configs.resolve("net1"));
      await().until(() -> types(catalog).equals(List.of("one")));

      // A network whose directory was not known when it came.
      fixture.config("net0/10.conf", "{\"type\":\"two\"}").list("05.conflist", "net0", "one");
      await().until(() -> catalog.status().networkName().equals("net0"));
      fixture.config("net0/20.conf", "{\"type\":\"six\"}");
      await().until(() -> types(catalog).equals(List.of("one", "two", "six")));
    });
  }

  @Test
  void anAttachUsesThePluginsFilesThatAreThereNow() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    NetworkCatalog catalog = catalog();

    fixture.config("net1/10.conf", "{\"type\":\"two\"}");
    catalog.choose(false);

    assertThat(types(catalog)).containsExactly("one", "two");
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
