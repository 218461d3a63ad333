package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what was added is deleted, whatever happens in between. */
class JournalTest {
  @TempDir Path dir;
  private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(dir).list("10.conflist", "net1", "one");
    fixture.plugins.working("one");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private void failingDel(String untilExists) {
    fixture.plugins.script(
        "one",
        "[ $CNI_COMMAND = ADD ] && echo '"
            + FakePlugins.RESULT
            + "'\n[ $CNI_COMMAND = DEL ] && [ ! -e "
            + dir.resolve(untilExists)
            + " ] && echo '{\"code\":11,\"msg\":\"try again later\"}' && exit 1\nexit 0");
  }

  @Test
  void aRestartedDaemonKnowsNetworksAndDeletesThemByTheConfigurationOfTheirAdd() throws Exception {
    AttachRequest request = Fixture.request();
    PodNetwork network = fixture.open().attach(request);
    Files.delete(fixture.configs.resolve("10.conflist"));

    PodNetworks restarted = fixture.open();

    assertThat(restarted.status().ready()).isFalse();
    assertThat(restarted.find(request.podId())).contains(network);
    assertThat(restarted.attach(request)).isEqualTo(network);
    restarted.retryPending(Set.of(request.podId()));
    assertThat(restarted.find(request.podId())).contains(network);
    restarted.detach(request.podId());
    assertThat(fixture.plugins.input("one", CniVerb.DEL).string("name")).contains("net1");
    assertThat(fixture.plugins.input("one", CniVerb.DEL).object("prevResult")).isPresent();
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void aCrashBeforeOrDuringAddIsFollowedByDel() throws Exception {
    AttachRequest request = Fixture.request();
    NetworkConfig network =
        ConfigListing.read(List.of(fixture.configs)).first().orElseThrow().network();
    new Journal(fixture.journal)
        .write(
            new Attachment(
                request.podId(),
                Attachment.State.ADDING,
                network,
                request.netns(),
                "eth0",
                request.cniArgs(),
                Json.Obj.EMPTY,
                List.of(fixture.plugins.dir()),
                false,
                Optional.empty()));

    PodNetworks restarted = fixture.open();

    assertThat(restarted.find(request.podId())).isEmpty();
    restarted.retryPending(Set.of());
    await().untilAsserted(() -> assertThat(fixture.journal).isEmptyDirectory());
    assertThat(fixture.plugins.calls()).containsExactly("DEL one " + request.podId());
  }

  @Test
  void aPluginLeftRunningByAKilledDaemonIsKilledBeforeDel() throws Exception {
    aCrashedAdd("deadbeef04");
    Process left = new ProcessBuilder("sh", "-c", "sleep 1000; true").start();
    ProcessBuilder builder = new ProcessBuilder("sleep", "1000");
    builder.environment().put("CNI_CONTAINERID", "deadbeef04");
    Process orphan = builder.start();
    try {
      fixture.open().detach("deadbeef04");

      assertThat(orphan.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(left.isAlive()).isTrue();
      assertThat(fixture.plugins.calls()).containsExactly("DEL one deadbeef04");
    } finally {
      left.destroyForcibly();
      orphan.destroyForcibly();
    }
  }

  @Test
  void anAttachAfterACrashDeletesFirst() throws Exception {
    aCrashedAdd("deadbeef01");

    fixture.open().attach(Fixture.request("deadbeef01"));

    assertThat(fixture.plugins.calls()).containsExactly("DEL one deadbeef01", "ADD one deadbeef01");
  }

  private void aCrashedAdd(String podId) throws Exception {
    fixture.open().attach(Fixture.request(podId));
    Path record = fixture.journal.resolve(podId + ".network");
    Json.Obj entry = Records.read(record).orElseThrow();
    Records.write(record, entry.without("result").with("state", "ADDING"));
    Files.delete(fixture.plugins.notes().resolve("calls"));
  }

  @Test
  void aDelThatFailsIsRepeatedInTheBackgroundUntilItWorks() throws Exception {
    failingDel("repaired");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    networks.attach(request);

    assertThatThrownBy(() -> networks.detach(request.podId()))
        .hasMessage("CNI DEL of network net1: plug-in one: try again later (CNI code 11)");
    assertThat(networks.pending()).containsExactly(request.podId());
    assertThat(networks.find(request.podId())).isEmpty();
    Files.createFile(dir.resolve("repaired"));

    await().untilAsserted(() -> assertThat(networks.pending()).isEmpty());
    assertThat(fixture.journal).isEmptyDirectory();
    networks.detach(request.podId());
  }

  @Test
  void aFailedAddWhoseDelFailsTooIsCleanedUpLater() throws Exception {
    fixture.plugins.script(
        "one",
        "[ $CNI_COMMAND = DEL ] && [ -e "
            + dir.resolve("repaired")
            + " ] && exit 0\necho '{\"code\":99,\"msg\":\"broken\"}'; exit 1");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();

    Throwable failure = catchThrowable(() -> networks.attach(request));

    assertThat(failure).hasMessageContaining("CNI ADD of network net1");
    assertThat(failure.getSuppressed())
        .singleElement()
        .asString()
        .contains("CNI DEL of network net1");
    assertThat(networks.pending()).containsExactly(request.podId());
    Files.createFile(dir.resolve("repaired"));
    await().untilAsserted(() -> assertThat(fixture.journal).isEmptyDirectory());
  }

  @Test
  void aPendingDelSurvivesARestartAlsoWhenThePodStillExists() throws Exception {
    failingDel("repaired");
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    networks.attach(request);
    assertThatThrownBy(() -> networks.detach(request.podId())).hasMessageContaining("try again");
    networks.close();
    Files.createFile(dir.resolve("repaired"));

    PodNetworks restarted = fixture.open();

    restarted.retryPending(Set.of(request.podId()));
    await().untilAsserted(() -> assertThat(restarted.pending()).isEmpty());
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void aTornRecordIsDeletedByTheConfiguredNetwork() throws Exception {
    Files.createDirectories(fixture.journal);
    Files.write(fixture.journal.resolve("deadbeef02.network"), new byte[0]);
    Files.writeString(fixture.journal.resolve("deadbeef03.network"), "{\"podId\":\"dead");

    PodNetworks networks = fixture.open();

    assertThat(networks.pending()).containsExactly("deadbeef02", "deadbeef03");
    networks.retryPending(Set.of());
    await().untilAsserted(() -> assertThat(fixture.journal).isEmptyDirectory());
    assertThat(fixture.plugins.calls())
        .containsExactlyInAnyOrder("DEL one deadbeef02", "DEL one deadbeef03");
    assertThat(fixture.plugins.environment("one", CniVerb.DEL)).contains("CNI_NETNS=");
  }

  @Test
  void aRecordThatIsAbsentIsLikeATornOne() throws Exception {
    AttachRequest known = Fixture.request();
    PodNetworks networks = fixture.open();
    PodNetwork network = networks.attach(known);
    networks.wasAttached(known.podId());
    networks.wasAttached("deadbeef05");

    assertThat(networks.find(known.podId())).contains(network);
    assertThat(networks.isAttached("deadbeef05")).isTrue();
    // A daemon that ends now has not forgotten it.
    PodNetworks restarted = fixture.open();
    assertThat(restarted.find(known.podId())).contains(network);
    assertThat(restarted.pending()).containsExactly("deadbeef05");
    restarted.detach("deadbeef05");

    assertThat(fixture.plugins.calls())
        .containsExactly("ADD one " + known.podId(), "DEL one deadbeef05");
    assertThat(restarted.pending()).isEmpty();
    assertThat(fixture.journal.resolve("deadbeef05.network")).doesNotExist();
  }

  @Test
  void aTornRecordIsDeletedAlsoWhileNoPodCanBeAdded() throws Exception {
    fixture.config(
        "10.conflist",
        "{\"cniVersion\":\"1.1.0\",\"name\":\"net1\",\"plugins\":[{\"type\":\"one\"}]}");
    fixture.plugins.script("one", "[ $CNI_COMMAND = STATUS ] || exit 0; echo '{}'; exit 1");
    PodNetworks networks = fixture.open();
    networks.wasAttached("deadbeef06");
    await().until(() -> !networks.status().ready());

    networks.detach("deadbeef06");

    assertThat(fixture.plugins.calls()).contains("DEL one deadbeef06");
    assertThat(fixture.journal).isEmptyDirectory();
  }

  @Test
  void aNamespaceThatIsGoneIsNotNamedToPlugins() throws Exception {
    PodNetworks networks = fixture.open();
    Path pin = Files.createFile(dir.resolve("pin")); // as it looks after the mount on it went
    AttachRequest request =
        new AttachRequest(Fixture.newId(), "a", "b", "c", pin, List.of(), Map.of());
    networks.attach(request);

    networks.detach(request.podId());

    assertThat(fixture.plugins.environment("one", CniVerb.DEL)).contains("CNI_NETNS=");
  }

  @Test
  void anAttachedPodIsNotAttachedAgainWithOtherArguments() throws Exception {
    PodNetworks networks = fixture.open();
    AttachRequest request = Fixture.request();
    networks.attach(request);

    assertThatThrownBy(() ->
            networks.attach(
                new AttachRequest(
                    request.podId(), "a", "b", "c", Path.of("/other"), List.of(), Map.of())))
        .isInstanceOf(NetworkException.BadRequest.class)
        .hasMessageContaining("attached to network net1 already");
    assertThat(networks.find(request.podId())).isPresent();
  }

  @Test
  void anUnknownPodIsDetachedWithoutAWord() throws Exception {
    PodNetworks networks = fixture.open();

    networks.detach("nobody");

    assertThat(fixture.plugins.calls()).isEmpty();
  }

  @Test
  void anIdThatIsAPathIsRefused() {
    assertThatThrownBy(() -> Fixture.request("a/b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new AttachRequest(
                "x",
                "a;K8S_POD_NAMESPACE=kube-system",
                "b",
                "c",
                Path.of("/n"),
                List.of(),
                Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semicolon");
  }
}
