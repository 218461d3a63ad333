package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What plug-ins are told, and what becomes of each kind of bad answer. */
class PluginCallsTest {
  @TempDir Path dir;
  private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void resultsAreChainedAndUnknownKeysReachThePlugins() throws Exception {
    fixture.config(
        "10-a.conflist",
        """
        {"cniVersion":"1.0.0","name":"net1","plugins":[
          {"type":"one","big":12345678901234567890,"nothing":null,"nested":{"k":[1,"x",{}]}},
          {"type":"two","capabilities":{"portMappings":true,"bandwidth":true,"dns":false}},
          {"type":"three","capabilities":{"dns":true,"ipRanges":true}}]}
        """);
    fixture.plugins.working("one");
    fixture.plugins.script(
        "two",
        "[ $CNI_COMMAND = ADD ] && echo '"
            + FakePlugins.RESULT.replace("192.0.2.7", "192.0.2.8")
            + "'; exit 0");
    fixture.plugins.script(
        "three",
        "[ $CNI_COMMAND = ADD ] && echo '"
            + FakePlugins.RESULT.replace("192.0.2.7", "192.0.2.9")
            + "'; exit 0");
    PodNetworks networks = fixture.open();
    String id = Fixture.newId();
    AttachRequest request =
        new AttachRequest(
            id,
            "web",
            "prod",
            "uid-9",
            Path.of("/proc/self/ns/net"),
            List.of(
                new PortMapping(
                    PortMapping.Protocol.SCTP, 80, 8080, InetAddress.ofLiteral("127.0.0.1"))),
            Map.of("kubernetes.io/ingress-bandwidth", "10M"),
            new DnsServers(List.of("192.0.2.53"), List.of("example.org"), List.of("ndots:5")),
            List.of("10.1.0.0/24", "2001:db8::/64"),
            false);

    PodNetwork network = networks.attach(request);

    assertThat(network.addresses()).containsExactly("192.0.2.9", "2001:db8::7");
    assertThat(network.gateway()).isEqualTo(InetAddress.ofLiteral("192.0.2.1"));
    assertThat(network.macAddress()).isEqualTo("02:00:00:00:00:01");
    assertThat(network.rawResult()).contains("\"mystery\":12345678901234567890");
    assertThat(JsonText.string(fixture.plugins.input("one", CniVerb.ADD)))
        .isEqualTo(
            "{\"type\":\"one\",\"big\":12345678901234567890,\"nothing\":null,\"nested\":{\"k\":[1,\"x\",{}]},\"name\":\"net1\",\"cniVersion\":\"1.0.0\"}");
    Json.Obj two = fixture.plugins.input("two", CniVerb.ADD);
    assertThat(JsonText.string(two.object("runtimeConfig").orElseThrow()))
        .isEqualTo(
            "{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"sctp\",\"hostIP\":\"127.0.0.1\"}],"
                + "\"bandwidth\":{\"ingressRate\":10000000,\"ingressBurst\":17179869176}}");
    assertThat(JsonText.string(two.object("prevResult").orElseThrow()))
        .isEqualTo(FakePlugins.RESULT);
    Json.Obj three = fixture.plugins.input("three", CniVerb.ADD);
    assertThat(JsonText.string(three.object("runtimeConfig").orElseThrow()))
        .isEqualTo(
            "{\"dns\":{\"servers\":[\"192.0.2.53\"],\"searches\":[\"example.org\"],\"options\":[\"ndots:5\"]},"
                + "\"ipRanges\":[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"2001:db8::/64\"}]]}");
    assertThat(three.object("prevResult").orElseThrow().list("ips").toString())
        .contains("192.0.2.8");
    assertThat(fixture.plugins.environment("three", CniVerb.ADD))
        .containsExactlyInAnyOrder(
            "CNI_COMMAND=ADD",
            "CNI_CONTAINERID=" + id,
            "CNI_NETNS=/proc/self/ns/net",
            "CNI_IFNAME=eth0",
            "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID="
                + id
                + ";K8S_POD_UID=uid-9",
            "CNI_PATH=" + fixture.plugins.dir());

    networks.check(id);
    networks.detach(id);

    assertThat(fixture.plugins.calls())
        .containsExactly(
            "ADD one " + id,
            "ADD two " + id,
            "ADD three " + id,
            "CHECK one " + id,
            "CHECK two " + id,
            "CHECK three " + id,
            "DEL three " + id,
            "DEL two " + id,
            "DEL one " + id);
    assertThat(
            fixture
                .plugins
                .input("one", CniVerb.DEL)
                .object("prevResult")
                .orElseThrow()
                .list("ips")
                .toString())
        .contains("192.0.2.9");
    assertThat(fixture.plugins.input("two", CniVerb.DEL).object("runtimeConfig"))
        .isEqualTo(two.object("runtimeConfig"));
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void anErrorNamesPluginCodeDetailsAndStderrAndIsCleanedUp() {
    fixture.list("10.conflist", "net1", "one", "two");
    fixture.plugins.working("one");
    fixture.plugins.script(
        "two",
        """
        if [ $CNI_COMMAND = ADD ]; then
          echo some warning >&2
          echo '{"cniVersion":"1.0.0","code":105,"msg":"no way","details":"the disk is upside down"}'
          exit 1
        fi
        """);
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();

    NetworkException.PluginFailed failure =
        catchThrowableOfType(NetworkException.PluginFailed.class, () -> networks.attach(request));

    assertThat(failure)
        .hasMessage(
            "CNI ADD of network net1: plug-in two: no way: the disk is upside down (CNI code 105); stderr: some warning");
    assertThat(failure.code()).isEqualTo(105);
    assertThat(failure.plugin()).isEqualTo("two");
    assertThat(failure.stderrTail()).isEqualTo("some warning");
    assertThat(fixture.plugins.calls())
        .endsWith("DEL two " + request.podId(), "DEL one " + request.podId());
    assertThat(networks.pending()).isEmpty();
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void aPluginThatHangsIsKilledWithItsChildren() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    Path pid = dir.resolve("pid");
    fixture.plugins.script(
        "one",
        "[ $CNI_COMMAND = DEL ] && exit 0\necho stuck here >&2\nsleep 1000 &\necho $! > "
            + pid
            + "; wait");
    PodNetworks networks = fixture.open(Duration.ofMillis(1500));

    NetworkException.PluginTimedOut failure =
        catchThrowableOfType(
            NetworkException.PluginTimedOut.class, () -> networks.attach(Fixture.request()));

    assertThat(failure)
        .hasMessage(
            "CNI ADD of network net1: plug-in one: no answer within 1500 ms, killed; stderr: stuck here");
    long child = Long.parseLong(Files.readString(pid).strip());
    await().until(() -> !running(child));
    assertThat(fixture.journal).isEmptyDirectory();
  }

  private static boolean running(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @Test
  void readsAreAnsweredWhileAPluginHangs() throws Exception {
    fixture.list("10.conflist", "net1", "one");
    Path go = dir.resolve("go");
    fixture.plugins.script(
        "one",
        "if [ $CNI_COMMAND = ADD ]; then while [ ! -e "
            + go
            + " ]; do sleep 0.05; done; echo '"
            + FakePlugins.RESULT
            + "'; fi");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    CompletableFuture<PodNetwork> attached =
        CompletableFuture.supplyAsync(() -> {
          try {
            return networks.attach(request);
          } catch (NetworkException e) {
            throw new AssertionError(e);
          }
        });
    await().until(() -> !fixture.plugins.calls().isEmpty() || attached.isDone());

    assertThat(networks.find(request.podId())).isEmpty();
    assertThat(networks.status().ready()).isTrue();
    assertThat(networks.pending()).isEmpty();

    Files.createFile(go);
    assertThat(attached.join().ips()).hasSize(2);
    networks.detach(request.podId());
  }

  static Stream<Arguments> badAnswers() {
    return Stream.of(
        Arguments.of("echo garbage", "its answer is no CNI result: it is not JSON"),
        Arguments.of("exit 0", "its answer is no CNI result: it is empty"),
        Arguments.of(
            "echo '{} {}'", "its answer is no CNI result: there is something after the end"),
        Arguments.of("echo '[]'", "its answer is no CNI result: it is JSON but not an object"),
        Arguments.of(
            "echo '{\"cniVersion\":\"9.9.9\"}'",
            "its answer is no CNI result: its cniVersion 9.9.9 is unknown"),
        Arguments.of(
            "echo '{\"cniVersion\":\"0.2.0\"}'",
            "its answer is no CNI result: its cniVersion is 0.2.0, the configuration's is 1.0.0"),
        Arguments.of("echo '{}'", "its result: it gives the pod no IP address"),
        Arguments.of(
            "echo '{\"ips\":[{\"address\":\"pod.example.org/24\"}]}'",
            "its result: \"pod.example.org/24\" is no IP address"),
        Arguments.of(
            "echo '{\"ips\":[{\"address\":\"10.0.0.1/24\",\"interface\":3}]}'",
            "its result: address 10.0.0.1 is on interface number 3, which it does not list"),
        Arguments.of("exit 3", "exit code 3 and no CNI error"),
        Arguments.of("echo panic; kill -9 $$", "exit code 137 and no CNI error; stdout: panic"),
        Arguments.of("head -c 3000000 /dev/zero", "its answer is too long to be a result"),
        Arguments.of(
            "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1",
            "exit code 1 and no CNI error; stderr: …xxx"));
  }

  @ParameterizedTest
  @MethodSource("badAnswers")
  void aBadAnswerIsToldApartAndCleanedUp(String body, String message) {
    fixture.list("10.conflist", "net1", "one");
    fixture.plugins.script("one", "[ $CNI_COMMAND = DEL ] && exit 0\n" + body);
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();

    assertThatThrownBy(() -> networks.attach(request))
        .isInstanceOf(NetworkException.PluginFailed.class)
        .hasMessageStartingWith("CNI ADD of network net1: ")
        .hasMessageContaining(message)
        .satisfies(
            failure -> assertThat(String.valueOf(failure.getMessage())).hasSizeLessThan(4000));
    assertThat(fixture.plugins.calls()).endsWith("DEL one " + request.podId());
    assertThat(networks.find(request.podId())).isEmpty();
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void aPluginThatDoesNotSpeakTheVersionIsAskedWhatItSpeaks() {
    fixture.list("10.conflist", "net1", "one");
    fixture.plugins.script(
        "one",
        """
        case $CNI_COMMAND in
        ADD) echo '{"code":1,"msg":"incompatible CNI versions"}'; exit 1;;
        VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0"]}';;
        esac
        """);

    assertThatThrownBy(() -> fixture.open().attach(Fixture.request()))
        .hasMessage(
            "CNI ADD of network net1: plug-in one: incompatible CNI versions (CNI code 1); it speaks 0.3.1, 0.4.0");
  }

  @Test
  void aPluginThatIsNoProgramIsNamed() {
    fixture.list("10.conflist", "net1", "one");
    fixture.plugins.write("one", "\u0001\u0002 not a program");

    assertThatThrownBy(() -> fixture.open().attach(Fixture.request()))
        .isInstanceOf(NetworkException.PluginFailed.class)
        .hasMessageContaining("plug-in one: ");
  }

  @ParameterizedTest
  @CsvSource({
    "0.3.1,0.4.0",
    "'',0.4.0",
    "0.4.0,1.0.0",
    "1.0.0,0.3.0",
    "1.0.0,1.1.0",
    "0.1.0,0.2.0"
  })
  void resultsOfEveryVersionAreReadAndHandedOnAsTheConfigurationsVersion(
      String answered, String configured) throws Exception {
    fixture.config(
        "1.conflist",
        "{\"cniVersion\":\""
            + configured
            + "\",\"name\":\"n\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
    String family = answered.startsWith("1") ? "" : "\"version\":\"4\",";
    String answer =
        answered.startsWith("0.1")
            ? "{\"cniVersion\":\"0.1.0\",\"ip4\":{\"ip\":\"10.9.8.7/24\",\"gateway\":\"10.9.8.1\"}}"
            : "{\"cniVersion\":\""
                + answered
                + "\",\"ips\":[{"
                + family
                + "\"address\":\"10.9.8.7/24\",\"gateway\":\"10.9.8.1\"}]}";
    fixture.plugins.script("one", "[ $CNI_COMMAND = ADD ] && echo '" + answer + "'; exit 0");
    fixture.plugins.script(
        "two",
        "[ $CNI_COMMAND = ADD ] && printf '%s' \"$in\" | sed 's/.*\"prevResult\"://; s/}$//'; exit 0");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();

    PodNetwork network = networks.attach(request);

    assertThat(network.primaryIp()).isEqualTo(InetAddress.ofLiteral("10.9.8.7"));
    assertThat(network.gateway()).isEqualTo(InetAddress.ofLiteral("10.9.8.1"));
    Json.Obj handedOn =
        fixture.plugins.input("two", CniVerb.ADD).object("prevResult").orElseThrow();
    assertThat(handedOn.string("cniVersion")).contains(configured);
    boolean stated = JsonText.string(handedOn).contains("\"version\":\"4\"");
    assertThat(stated).isEqualTo(configured.startsWith("0.3") || configured.startsWith("0.4"));
    networks.detach(request.podId());
    boolean told = fixture.plugins.input("two", CniVerb.DEL).get("prevResult").isPresent();
    assertThat(told).isEqualTo(!configured.startsWith("0.3") && !configured.startsWith("0.2"));
  }

  @Test
  void aPortmapWithNothingToMapIsNotRun() throws Exception {
    fixture.config(
        "1.conflist",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}}]}");
    fixture.plugins.working("one");
    fixture.plugins.working("portmap");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();

    networks.attach(request);
    networks.detach(request.podId());

    assertThat(fixture.plugins.calls())
        .containsExactly("ADD one " + request.podId(), "DEL one " + request.podId());
  }

  @Test
  void aBandwidthThatIsNoQuantityIsRefusedBeforeAnythingIsMade() {
    fixture.config(
        "1.conflist",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"one\",\"capabilities\":{\"bandwidth\":true}}]}");
    fixture.plugins.working("one");
    AttachRequest request =
        new AttachRequest(
            Fixture.newId(),
            "a",
            "b",
            "c",
            Path.of("/proc/self/ns/net"),
            List.of(),
            Map.of("kubernetes.io/egress-bandwidth", "fast"));

    assertThatThrownBy(() -> fixture.open().attach(request))
        .isInstanceOf(NetworkException.BadRequest.class)
        .hasMessage(
            "annotation kubernetes.io/egress-bandwidth=\"fast\" is no quantity such as 10M");
    assertThat(fixture.plugins.calls()).isEmpty();
    assertThat(fixture.journal).isEmptyDirectory();
  }
}
