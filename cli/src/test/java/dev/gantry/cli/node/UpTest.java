package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cli.local.ChildProcess;
import dev.gantry.cli.local.Http;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.local.Places;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.network.BuiltinBridge;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A manifest with a recipe of its image, as people run, look at and end it. */
@ExtendWith(LeakCheck.class)
class UpTest {
  private static final String RECIPE =
      """
      image: localhost/box:1
      packages: [busybox-static]
      files:
        - {source: page.html, target: /www/index.html}
      user: "1000:1000"
      env: {GREETING: hello}
      entrypoint: [busybox, httpd, -f, -vv, -p, "8080", -h, /www]
      """;

  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: web}
      data: {color: green}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {tier: front}}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata:
            labels: {app: web}
            annotations: {gantry.dev/page: http/}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
            - name: web
              image: localhost/box:1
              ports: [{name: http, containerPort: 8080}]
              env: [{name: COLOR, valueFrom: {configMapKeyRef: {name: web, key: color}}}]
              readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
            - name: side
              image: localhost/box:1
              command: [busybox, sh, -c, 'echo one; echo two; exec busybox sleep 10000']
      """;

  @RegisterExtension final TestDirs dirs = new TestDirs();
  private String name = "";
  private InstalledGantry installed;
  private Gantry gantry;
  private Path manifest = Path.of("");

  @SuppressWarnings("NullAway.Init")
  UpTest() {}

  @BeforeEach
  void write() throws IOException {
    name = TestNames.cgroup().substring(1);
    installed = new InstalledGantry(dirs.dir("home"));
    gantry = new Gantry(environment());
    Path images = dirs.dir("app/images");
    manifest = dirs.dir("app").resolve("web.yaml");
    Files.writeString(manifest, MANIFEST);
    Files.writeString(images.resolve("box.yaml"), RECIPE);
    Files.writeString(images.resolve("page.html"), "The page.\n");
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(installed.environment());
    environment.put("GANTRY_NODE", name);
    return environment;
  }

  @AfterEach
  void down() {
    gantry.line("down --all --grace-period 1");
    assertThat(Places.named(name).root()).doesNotExist();
    assertThat(Places.named(name).state()).doesNotExist();
  }

  @Test
  void fromNothingToAPageAndBack() throws Exception {
    assertThat(gantry.line("get pods").err()).startsWith("gantry: no node runs\n  start one: ");
    String first = gantry.run("up", manifest.toString()).ok();
    assertThat(first)
        .contains("a node has been started in the background: /run/" + name + "/node.sock")
        .contains("image/localhost/box:1 made of busybox-static (1 packages)")
        .contains("configmap/web created\ndeployment/web created\n")
        .containsPattern("pod/web-\\w+-\\w+ is ready at [\\d.]+: http [\\d.]+:8080\n")
        .contains(":8080/ says:\n    The page.\n")
        .contains("gantry exec -it deployment/web -- sh\n")
        .contains("gantry port-forward deployment/web 8080:8080\n")
        .endsWith("    gantry down " + manifest + "\n");
    assertThat(gantry.run("up", "-f", manifest.toString()).ok())
        .startsWith("configmap/web unchanged\ndeployment/web unchanged\n")
        .doesNotContain("making image");
    lists();
    logs();
    execs();
    forwards();
    debugs();
    aRecipeThatChanges();
    theNodeIsKilled();
    theMachineIsRestarted();
    ends();
    assertThat(gantry.line("get all").err())
        .isEqualTo("No resources found in default namespace.\n");
    assertThat(gantry.line("down pod/web").err()).isEqualTo("gantry: pod/web not found\n");
    assertThat(gantry.line("down --all").ok())
        .isEqualTo("the node is removed, with its images, records and logs\n");
    assertThat(gantry.line("down --all").ok()).isEqualTo("nothing is up\n");
  }

  /** While another one watches. */
  private void ends() throws IOException {
    Process watcher =
        installed.start(
            dirs.path("watch.err"), environment(), "get", "pods", "-l", "app=web", "--watch");
    try (BufferedReader out = watcher.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).startsWith("NAME ");
      assertThat(out.readLine()).matches("web-\\S+ +2/2 +Running +2 .*");
      assertThat(gantry.run("down", manifest.toString()).ok())
          .contains("deployment/web deleted\n")
          .contains("configmap/web deleted\n")
          .contains("the node goes on with nothing to run; `gantry down --all` removes it, too\n");
      assertThat(out.readLine()).matches("web-\\S+ +\\d/2 +Terminating +2 .*");
    } finally {
      watcher.destroy();
    }
  }

  private void lists() {
    String pod = gantry.line("get pods -o name").ok().strip();
    assertThat(pod).matches("pod/web-\\w+-\\w+");
    assertThat(gantry.line("get pods").ok())
        .containsPattern("NAME +READY +STATUS +RESTARTS +AGE\n")
        .containsPattern("web-\\w+-\\w+ +2/2 +Running +0 +\\d+s\n");
    assertThat(gantry.line("get po -A -o wide --no-headers").ok())
        .containsPattern("^default +web-\\w+-\\w+ +2/2 +Running +0 +\\d+s +[\\d.]+ +\\S+\n$");
    assertThat(gantry.line("get deploy,cm").ok())
        .containsPattern("\nweb +1/1 +1 +1 +\\d+s\n\nNAME +DATA +AGE\nweb +1 +\\d+s\n");
    assertThat(gantry.run("get", pod, "-o", "yaml").ok())
        .startsWith("apiVersion: v1\nkind: Pod\n")
        .contains("phase: Running");
    assertThat(gantry.line("get pods -l app=web,!old -o json").ok()).contains("\"kind\": \"List\"");
    assertThat(gantry.line("get pods -l app!=web").err()).startsWith("No resources found");
    assertThat(gantry.line("get pods -n other").err())
        .isEqualTo("No resources found in other namespace.\n");
    assertThat(gantry.line("get pod none").err())
        .isEqualTo("gantry: pod/none not found in namespace default\n");
    assertThat(gantry.line("get services").err())
        .isEqualTo(
            """
            gantry: no kind is called services
              there are pods, deployments, configmaps, secrets, runtimeclasses and events
            """);
    assertThat(gantry.run("describe", pod).ok())
        .contains("Status:              Running\n")
        .contains("    Ready:           True\n")
        .containsPattern("  Normal +Pulled +\\d+s.* already present on machine");
    assertThat(gantry.line("get events").ok()).containsPattern("Normal +Started +pod/web-");
  }

  private void logs() {
    assertThat(gantry.line("logs deploy/web -c side --tail 1").ok()).isEqualTo("two\n");
    Gantry.Outcome all = gantry.line("logs -l app=web --all-containers --prefix");
    assertThat(all.ok()).containsPattern("\\[pod/web-\\w+-\\w+/side\\] one\n");
    assertThat(all.err()).containsPattern("\\[pod/web-\\w+-\\w+/web\\] .*response:200\n");
    assertThat(gantry.line("logs deploy/web -c side --previous").err())
        .isEqualTo("gantry: logs of container side: it has no previous instance\n");
    assertThat(gantry.line("logs deploy/web -c none").err())
        .endsWith(" has no container none; it has: side, web\n");
  }

  private void execs() {
    assertThat(
            gantry
                .run(
                    "exec",
                    "deploy/web",
                    "--",
                    "busybox",
                    "sh",
                    "-c",
                    "echo $COLOR $0 $1",
                    "--",
                    "-c")
                .ok())
        .isEqualTo("green -- -c\n");
    assertThat(gantry.line("exec deploy/web -c side -n default -- busybox id -u").ok())
        .isEqualTo("1000\n");
    assertThat(gantry.line("exec -c side deploy/web busybox false").exit()).isEqualTo(1);
    assertThat(gantry.typing("typed\n", "exec", "-i", "deploy/web", "--", "busybox", "cat").ok())
        .isEqualTo("typed\n");
    assertThat(gantry.line("exec pod/none -- true").err())
        .isEqualTo(
            """
            gantry: pod none not found in namespace default
              list them: gantry get pods -A
            """);
    assertThat(gantry.line("ps --name side -q").ok().strip()).hasSize(64);
  }

  private void forwards() throws IOException {
    Process process =
        installed.start(
            dirs.path("forward.err"), environment(), "port-forward", "deploy/web", ":http");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        Http http = new Http()) {
      String line = String.valueOf(out.readLine());
      assertThat(line).startsWith("Forwarding from 127.0.0.1:").endsWith(" -> 8080");
      String port = line.replaceAll(".*127\\.0\\.0\\.1:(\\d+).*", "$1");
      assertThat(http.fetch(URI.create("http://127.0.0.1:" + port + "/"))).isEqualTo("The page.\n");
    } finally {
      process.destroy();
    }
  }

  private void debugs() {
    Gantry.Outcome looked =
        gantry.typing(
            "",
            "debug",
            "deploy/web",
            "-i",
            "--image=localhost/box:1",
            "--target=side",
            "-c",
            "look",
            "--",
            "busybox",
            "sh",
            "-c",
            "busybox cat /proc/1/cmdline; exit 7");
    assertThat(looked.out()).as(looked.err()).contains("sleep");
    assertThat(gantry.line("debug deploy/web --image localhost/box:1 -c look").err())
        .contains(" has a container look");
    assertThat(gantry.line("get pods").ok()).containsPattern("web-\\w+-\\w+ +2/2 +Running +0 ");
  }

  private void aRecipeThatChanges() throws IOException {
    Files.writeString(manifest.resolveSibling("images/page.html"), "Another page.\n");
    assertThat(gantry.run("up", manifest.toString()).ok())
        .startsWith("making image localhost/box:1 of Debian packages …\n");
    Path recipe = manifest.resolveSibling("images/box.yaml");
    Files.writeString(recipe, RECIPE.replace("user:", "users:"));
    assertThat(gantry.run("up", manifest.toString()).err())
        .contains(recipe + ":5: users: unknown field: did you mean \"user\"?");
    Files.writeString(recipe, RECIPE);
  }

  private void theNodeIsKilled() throws Exception {
    String before = gantry.line("ps -q").ok();
    killNode();
    assertThat(gantry.line("get pods").err())
        .isEqualTo(
            """
            gantry: the node of `gantry up` does not run, as after a restart of the machine
              start it with all its pods: gantry up
            """);
    assertThat(gantry.line("up").ok())
        .contains("the node runs, with deployment/web\n")
        .contains(":8080/ says:\n    The page.\n");
    assertThat(gantry.line("ps -q").ok()).isEqualTo(before);
  }

  private void killNode() throws Exception {
    Path record = Places.named(name).root().resolve("daemon.pid");
    ProcessHandle node =
        ChildProcess.find("the node", record)
            .flatMap(child -> ProcessHandle.of(child.pid()))
            .orElseThrow();
    node.destroyForcibly();
    node.onExit().get();
  }

  /** No process, mount, link or cgroup outlives that, and nothing in /run. */
  private void theMachineIsRestarted() throws Exception {
    String pods = gantry.line("get pods -o name").ok();
    String containers = gantry.line("ps -q").ok();
    Places places = Places.named(name);
    killNode();
    for (String path : List.of(places.cgroup(), places.monitorsCgroup())) {
      Cgroup cgroup = Cgroup.of(CgroupHost.detect(), path);
      cgroup.kill();
      cgroup.delete();
    }
    BuiltinBridge.in(places.state()).remove();
    Mounts.unmountUnder(places.root());
    Mounts.unmountUnder(places.state());
    DeleteTree.delete(places.state());

    assertThat(gantry.line("up").ok())
        .contains("the node runs, with deployment/web\n")
        // Of the image as it is now.
        .contains(":8080/ says:\n    Another page.\n");
    assertThat(gantry.line("get pods -o name").ok()).isEqualTo(pods);
    assertThat(gantry.line("ps -q").ok().lines())
        .hasSize(2)
        .doesNotContainAnyElementsOf(containers.lines().toList());
  }

  @Test
  void whatCannotRunIsSaid() throws IOException {
    Path bad = dirs.dir("app").resolve("bad.yaml");
    Files.writeString(
        bad,
        MANIFEST.replace("localhost/box:1", "localhost/none:1\n        imagePullPolicy: Never"));
    Gantry.Outcome never = gantry.run("up", bad.toString());
    assertThat(never.exit()).isEqualTo(1);
    assertThat(never.err())
        .containsPattern("gantry: pod/web-\\w+-\\w+: container \\w+: ErrImageNeverPull: ");
    assertThat(never.out())
        .containsPattern("To see why, and to end it:\n    gantry describe pod web-\\w+-\\w+\n");
    Files.writeString(bad, MANIFEST.replace("kind: ConfigMap", "kind: Service"));
    assertThat(gantry.run("up", bad.toString()).err())
        .isEqualTo(
            "gantry: nothing was applied; "
                + bad
                + ":2: Service/web: kind: \"Service\" is not supported: publish a port with"
                + " hostPort, or use port-forward; remove the Service\n");
    assertThat(gantry.run("up", dirs.path("none").toString()).err())
        .isEqualTo(
            "gantry: read manifests: " + dirs.path("none") + ": no such file or directory\n");
  }
}
