package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plug-ins of CNI 1.1 are asked besides ADD and DEL, and configurations of pod CIDRs. */
class NodeVerbsTest {
  @TempDir private Path dir;
  private Fixture fixture;

  @BeforeEach
  void begin() {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void end() {
    fixture.close();
  }

  private void list(String version, String more) {
    fixture.config(
        "10.conflist",
        "{\"cniVersion\":\""
            + version
            + "\",\"name\":\"net\""
            + more
            + ",\"plugins\":[{\"type\":\"one\",\"mystery\":1}]}");
  }

  @Test
  void aPluginThatCannotAddPodsMakesTheNetworkNotReadyUntilItCan() throws Exception {
    list("1.1.0", "");
    Path flag = dir.resolve("broken");
    Files.createFile(flag);
    fixture.plugins.script(
        "one",
        "case $CNI_COMMAND in STATUS) [ -e "
            + flag
            + " ] && { echo '{\"code\":50,\"msg\":\"no route to the plane\"}'; exit 1; };;"
            + " ADD) echo '"
            + FakePlugins.RESULT
            + "';; esac; exit 0");
    PodNetworks networks = fixture.open();

    await().until(() -> !networks.status().ready());
    assertThat(networks.status().message())
        .contains("CNI STATUS of network net: plug-in one: no route to the plane (CNI code 50)");
    assertThatThrownBy(() -> networks.attach(Fixture.request()))
        .isInstanceOf(NetworkException.NotReady.class);
    Json.Obj asked = fixture.plugins.input("one", CniVerb.STATUS);
    assertThat(asked.string("name")).contains("net");
    assertThat(asked.string("cniVersion")).contains("1.1.0");
    assertThat(fixture.plugins.environment("one", CniVerb.STATUS)).contains("CNI_CONTAINERID=");

    Files.delete(flag);
    // Nobody asks for the status: who wants a network finds out.
    networks.attach(Fixture.request());
    assertThat(networks.status().ready()).isTrue();
  }

  @Test
  void aPluginOfAnEarlierVersionIsNotAsked() throws Exception {
    list("1.0.0", "");
    fixture.plugins.working("one");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    networks.attach(request);
    networks.retryPending(Set.of(request.podId()));
    networks.detach(request.podId());

    assertThat(fixture.plugins.calls())
        .containsExactly("ADD one " + request.podId(), "DEL one " + request.podId());
  }

  @Test
  void garbageIsCollectedWithTheAttachmentsThatLive() throws Exception {
    list("1.1.0", "");
    fixture.plugins.working("one");
    AttachRequest lives = Fixture.request();
    AttachRequest gone = Fixture.request();
    PodNetworks before = fixture.open();
    before.attach(lives);
    before.attach(gone);

    fixture.open().retryPending(Set.of(lives.podId()));

    await().until(() -> fixture.plugins.calls().contains("GC one "));
    Json.Obj told = fixture.plugins.input("one", CniVerb.GC);
    assertThat(told.list("cni.dev/valid-attachments"))
        .containsExactly(Json.Obj.EMPTY.with("containerID", lives.podId()).with("ifname", "eth0"));
    assertThat(told.get("cni.dev/attachments")).isEqualTo(told.get("cni.dev/valid-attachments"));
    await().until(() -> fixture.plugins.calls().contains("DEL one " + gone.podId()));
  }

  @Test
  void garbageIsCollectedWhenNothingIsAddedAndWithWhatWasAddedMeanwhile() throws Exception {
    list("1.1.0", "");
    Path hold = Files.createFile(dir.resolve("hold"));
    AttachRequest slow = Fixture.request();
    AttachRequest other = Fixture.request();
    fixture.plugins.script(
        "one",
        "[ $CNI_COMMAND = ADD ] || exit 0; while [ $CNI_CONTAINERID = "
            + slow.podId()
            + " ] && [ -e "
            + hold
            + " ]; do sleep 0.02; done; echo '"
            + FakePlugins.RESULT
            + "'");
    PodNetworks networks = fixture.open();
    var adding = CompletableFuture.supplyAsync(() -> attach(networks, slow));
    await().until(() -> fixture.plugins.calls().contains("ADD one " + slow.podId()));
    networks.retryPending(Set.of(slow.podId()));

    networks.attach(other);

    assertThat(fixture.plugins.calls()).doesNotContain("GC one ");
    Files.delete(hold);
    adding.join();
    await().until(() -> fixture.plugins.calls().contains("GC one "));
    assertThat(fixture.plugins.input("one", CniVerb.GC).list("cni.dev/valid-attachments"))
        .extracting(pod -> ((Json.Obj) pod).string("containerID").orElseThrow())
        .containsExactlyInAnyOrder(slow.podId(), other.podId());
  }

  private static PodNetwork attach(PodNetworks networks, AttachRequest request) {
    try {
      return networks.attach(request);
    } catch (NetworkException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aListMayForbidTheCollection() throws Exception {
    list("1.1.0", ",\"disableGC\":true");
    fixture.plugins.working("one");
    PodNetworks networks = fixture.open();
    networks.retryPending(Set.of());
    await().until(() -> fixture.plugins.calls().contains("STATUS one "));
    networks.attach(Fixture.request());

    assertThat(fixture.plugins.calls()).doesNotContain("GC one ");
  }

  @Test
  void podsOfAnEarlierDaemonAreCheckedUntilTheyAreAsTheyWereMade() throws Exception {
    list("1.0.0", "");
    Path flag = dir.resolve("broken");
    fixture.plugins.script(
        "one",
        "case $CNI_COMMAND in CHECK) [ -e "
            + flag
            + " ] && { echo '{\"code\":11,\"msg\":\"eth0 has lost its address\"}'; exit 1; };;"
            + " ADD) echo '"
            + FakePlugins.RESULT
            + "';; esac; exit 0");
    AttachRequest pod = Fixture.request();
    fixture.open().attach(pod);
    Files.createFile(flag);

    PodNetworks networks = fixture.open();
    networks.checkAll(Set.of(pod.podId(), "of-the-nodes-network"));

    await().until(() -> !networks.damage().isEmpty());
    assertThat(networks.damage())
        .containsExactly(
            Map.entry(
                pod.podId(),
                "CNI CHECK of network net: plug-in one: eth0 has lost its address (CNI code 11)"));
    assertThat(fixture.plugins.input("one", CniVerb.CHECK).object("prevResult")).isPresent();
    assertThat(networks.find(pod.podId())).isPresent();
    Files.delete(flag);
    await().until(() -> networks.damage().isEmpty());
    Files.createFile(flag);
    PodNetworks again = fixture.open();
    again.checkAll(Set.of(pod.podId()));
    await().until(() -> !again.damage().isEmpty());
    again.detach(pod.podId());
    assertThat(again.damage()).isEmpty();
  }

  /**
   * udev gives the node's end of a link another address after the plug-in has told which it has.
   */
  @Test
  void theAddressesOfLinksOnTheNodeAreNotChecked() throws Exception {
    list("1.0.0", "");
    fixture.plugins.script(
        "one",
        "[ $CNI_COMMAND = ADD ] && echo '{\"cniVersion\":\"1.0.0\",\"interfaces\":["
            + "{\"name\":\"veth1\",\"mac\":\"02:00:00:00:00:01\",\"sandbox\":\"\"},"
            + "{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:02\",\"sandbox\":\"/x\"}],"
            + "\"ips\":[{\"interface\":1,\"address\":\"192.0.2.7/24\"}]}'; exit 0");
    PodNetworks networks = fixture.open();
    AttachRequest pod = Fixture.request();
    networks.attach(pod);
    networks.check(pod.podId());
    networks.detach(pod.podId());

    assertThat(told(CniVerb.CHECK))
        .contains("veth1", "02:00:00:00:00:02")
        .doesNotContain("02:00:00:00:00:01");
    assertThat(told(CniVerb.DEL)).contains("02:00:00:00:00:01", "02:00:00:00:00:02");
  }

  private String told(CniVerb verb) {
    return JsonText.string(fixture.plugins.input("one", verb).object("prevResult").orElseThrow());
  }

  @Test
  void aListMayForbidTheCheckAndOldVersionsHaveNone() throws Exception {
    fixture.plugins.working("one");
    for (Map.Entry<String, String> list :
        Map.of("1.0.0", ",\"disableCheck\":true", "0.3.1", "").entrySet()) {
      list(list.getKey(), list.getValue());
      PodNetworks networks = fixture.open();
      AttachRequest request = Fixture.request();
      networks.attach(request);
      networks.check(request.podId());
    }
    assertThat(fixture.plugins.calls()).hasSize(2).noneMatch(call -> call.startsWith("CHECK"));
  }

  @Test
  void portmapIsAskedWhereItKnowsTheAnswer() throws Exception {
    fixture.list("10.conflist", "net", "one", "portmap");
    fixture.plugins.working("one");
    String answers =
        "case $CNI_COMMAND in VERSION) echo '{\"supportedVersions\":[%s]}';; ADD) echo '"
            + FakePlugins.RESULT
            + "';; esac; exit 0";
    fixture.plugins.script("portmap", answers.formatted("\"0.4.0\",\"1.0.0\""));
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    networks.attach(request);

    networks.check(request.podId());
    assertThat(fixture.plugins.calls())
        .contains("CHECK one " + request.podId())
        .doesNotContain("CHECK portmap " + request.podId());
    fixture.plugins.script("portmap", answers.formatted("\"1.0.0\",\"1.1.0\""));
    networks.check(request.podId());
    assertThat(fixture.plugins.calls()).contains("CHECK portmap " + request.podId());
  }

  private static final String TEMPLATE =
      """
      {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "one", "first": "{{.PodCIDR}}",
        "ranges": [{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$range}}"}]{{end}}],
        "routes": [{{range $i, $route := .Routes}}{{if $i}}, {{end}}{"dst": "{{$route}}"}{{end}}]}]}
      """;

  private PodNetworks withTemplate(String text) throws Exception {
    Path file = Files.writeString(dir.resolve("template"), text);
    return new PodNetworks(
        new NetworkSettings(
            List.of(fixture.configs),
            List.of(fixture.plugins.dir()),
            Duration.ofSeconds(10),
            null,
            ConfTemplate.read(file)),
        fixture.journal);
  }

  @Test
  void aConfigurationIsMadeOfThePodCidrs() throws Exception {
    fixture.plugins.working("one");
    try (PodNetworks networks = withTemplate(TEMPLATE)) {
      assertThat(networks.status().ready()).isFalse();

      networks.podCidrs(List.of("10.1.2.0/24", "fd00:1::/64"));

      assertThat(networks.status().ready()).isTrue();
      networks.attach(Fixture.request());
      Json.Obj config = fixture.plugins.input("one", CniVerb.ADD);
      assertThat(config.string("first")).contains("10.1.2.0/24");
      assertThat(JsonText.string(config))
          .contains("[[{\"subnet\":\"10.1.2.0/24\"}],[{\"subnet\":\"fd00:1::/64\"}]]")
          .contains("[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"}]");

      networks.podCidrs(List.of("10.9.0.0/24"));
      assertThat(fixture.configs.resolve(TemplatedConfig.NAME))
          .content()
          .contains("10.9.0.0/24")
          .doesNotContain("::/0");
    }
  }

  @Test
  void aConfigurationOfSomebodyElseStaysTheOnlyOne() throws Exception {
    fixture.plugins.working("one");
    fixture.list("90-other.conflist", "other", "one");
    try (PodNetworks networks = withTemplate(TEMPLATE)) {
      networks.podCidrs(List.of("10.1.2.0/24"));
      assertThat(networks.status().networkName()).isEqualTo("other");
      assertThat(fixture.configs).isDirectoryNotContaining("glob:**/10-gantry*");
    }
  }

  @Test
  void aTemplateThatIsNotUnderstoodIsRefusedBeforeItIsNeeded() {
    assertThatThrownBy(() -> withTemplate("{{.Nodes}}"))
        .hasMessageContaining("template: {{.Nodes}}: a template may hold .PodCIDR");
    assertThatThrownBy(() -> withTemplate("{{range $i, $r := .Routes}}"))
        .hasMessageContaining("has no {{end}}");
    assertThatThrownBy(() -> withTemplate("{{$x}}")).hasMessageContaining("{{$x}} is not known");
    assertThatThrownBy(() -> withTemplate("{\"name\": \"{{.PodCIDR}}\"}"))
        .hasMessageContaining("becomes no list of plug-ins");
  }
}
