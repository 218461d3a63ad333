package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.agent.api.Pod;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Http;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code gantry node}: static pods in a directory, and the node's API on both of its addresses. */
@ExtendWith(LeakCheck.class)
class NodeProcessTest {
  private static final Duration PATIENCE = TestNode.PATIENCE;

  @RegisterExtension final TestDirs dirs = new TestDirs();
  private TestNode node;
  private Gantry gantry;

  @SuppressWarnings("NullAway.Init")
  NodeProcessTest() {}

  @BeforeEach
  void start() throws IOException {
    node = new TestNode(dirs);
    node.importImage("localhost/box:1");
    gantry = node.gantry();
  }

  @AfterEach
  void stop() throws IOException {
    node.close();
  }

  private void manifest(String name, String words) throws IOException {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          terminationGracePeriodSeconds: 1
          nodeSelector: {disk: fast}
          containers:
          - name: main
            image: localhost/box:1
            command: [sh, -c, 'echo %s; exec httpd -f -p 8080 -h /www']
        """
            .formatted(name, words);
    Path temporary = node.manifests().resolve("." + name);
    Files.writeString(temporary, pod);
    // At once, as careful editors write.
    Files.move(
        temporary, node.manifests().resolve(name + ".yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  private List<Pod> pods() {
    return node.client().pods();
  }

  private HttpResponse<String> http(String method, String path) {
    try (Http http = new Http()) {
      URI uri = URI.create("http://127.0.0.1:" + node.port() + path);
      return http.send(method, uri, new byte[0], "text/plain");
    }
  }

  private void awaitLog(String words) {
    await()
        .atMost(PATIENCE)
        .until(() -> gantry.line("logs static").out(), log -> log.equals(words + "\n"));
  }

  @Test
  void aDirectoryOfManifestsAndTwoAddresses() throws Exception {
    manifest("static", "first");
    awaitLog("first");
    String uid = pods().getFirst().metadata().uid();

    manifest("static", "second");
    awaitLog("second");
    assertThat(pods()).hasSize(1);
    assertThat(pods().getFirst().metadata().uid()).isNotEqualTo(uid);

    anApiForEveryoneHere();
    whatIsAppliedStandsBesideThem();
    aSlipOfTheEditorEndsNothing();
    thePodsGoOnWithoutTheNode();
  }

  private void anApiForEveryoneHere() {
    await().atMost(PATIENCE).until(() -> gantry.line("get pods").out().contains("1/1"));
    assertThat(http("GET", "/healthz").body()).isEqualTo("ok");
    assertThat(http("GET", "/pods").body())
        .startsWith("{\"kind\":\"PodList\",\"apiVersion\":\"v1\"")
        .contains("\"kubernetes.io/config.source\":\"file\"", "\"phase\":\"Running\"");
    assertThat(http("GET", "/metrics").body()).contains("# TYPE kubelet_").contains("\nkubelet_");
    await()
        .atMost(PATIENCE)
        .until(() -> http("GET", "/stats/summary").body(), s -> s.contains("\"name\": \"static\""));
    assertThat(http("GET", "/stats/summary").body()).contains("\"nodeName\": \"here\"");
    assertThat(http("GET", "/objects").statusCode()).isEqualTo(404);
    assertThat(http("POST", "/apply").statusCode()).isEqualTo(405);
  }

  private void whatIsAppliedStandsBesideThem() {
    assertThat(gantry.line("delete pod static").err())
        .isEqualTo(
            "gantry: pod/static comes from the node's manifest directory: remove its file there\n");
    String map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n";
    assertThat(gantry.typing(map, "apply", "-f", "-").ok()).isEqualTo("configmap/m created\n");
    assertThat(gantry.line("down --all").ok()).isEqualTo("configmap/m deleted\n");
    assertThat(gantry.line("exec static -- hostname").ok()).isEqualTo("static\n");
    assertThat(gantry.line("pods -q").ok().strip()).hasSize(64);
  }

  private void aSlipOfTheEditorEndsNothing() throws IOException {
    String uid = pods().getFirst().metadata().uid();
    Path file = node.manifests().resolve("static.yaml");
    Files.writeString(file, Files.readString(file).replace("containers:", "container:"));
    NodeClient client = node.client();
    await()
        .atMost(PATIENCE)
        .until(() -> String.valueOf(client.node().get("problems")), p -> p.contains("container"));
    assertThat(String.valueOf(client.node().get("problems")))
        .contains(
            file + ":7: Pod/static: spec.container: unknown field: did you mean \"containers\"?");
    assertThat(pods().getFirst().metadata().uid()).isEqualTo(uid);
    Files.writeString(file, Files.readString(file).replace("container:", "containers:"));
    await()
        .atMost(PATIENCE)
        .until(() -> String.valueOf(client.node().get("problems")), p -> p.equals("[]"));
  }

  private void thePodsGoOnWithoutTheNode() throws Exception {
    String ip = pods().getFirst().status().podIP();
    String id = gantry.line("ps -q").ok();
    node.end();
    assertThat(gantry.line("get pods").err())
        .startsWith("gantry: no node answers at ")
        .contains(", which GANTRY_NODE names\n");
    try (Http http = new Http()) {
      assertThat(http.fetch(URI.create("http://" + ip + ":8080/"))).isEqualTo(ExampleImage.PAGE);
    }
    manifest("other", "also");
    Files.delete(node.manifests().resolve("static.yaml"));
    node.start();
    await()
        .atMost(PATIENCE)
        .until(
            () -> gantry.line("get pods --no-headers").out(),
            pods -> pods.startsWith("other ") && pods.contains("1/1") && pods.lines().count() == 1);
    assertThat(gantry.line("ps -q").ok()).isNotEqualTo(id);
  }

  @Test
  void wrongFlagsAreNamed() throws Exception {
    assertThat(
            ended("node", "--http", "10.1.2.3:80", "--config", node.places().config().toString()))
        .contains("only loopback addresses are allowed");
    assertThat(ended("node", "--max-pods", "none")).contains("--max-pods none: not a number");
    assertThat(ended("node", "--reserved", "cpu=much")).contains("--reserved cpu=much: ");
    assertThat(ended("node", "--manifest=x")).contains("manifest");
    assertThat(ended("node", "--image-service-endpoint", "unix:///run/x"))
        .contains("give its --runtime-endpoint, too");
    assertThat(ended("node", "--runtime-endpoint", "unix:///run/x", "--root", "/tmp/x"))
        .contains("--root is for a daemon");
  }

  private String ended(String... arguments) throws Exception {
    Path errors = dirs.path("errors");
    Process process = node.installed().start(errors, arguments);
    assertThat(process.waitFor()).isEqualTo(2);
    return Files.readString(errors);
  }
}
