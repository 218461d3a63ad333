package dev.gantry.agent.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.TaintEffect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final Node NODE =
      new Node(
          "node-1",
          Map.of("kubernetes.io/os", "linux", "disk", "ssd", "cores", "8"),
          List.of(),
          Map.of(
              "cpu", Quantity.parse("2"),
              "memory", Quantity.parse("1Gi"),
              "pods", Quantity.parse("3")),
          Map.of("cpu", Quantity.parse("500m"), "memory", Quantity.parse("128Mi")));

  private static Pod asking(String cpu, String memory) throws Exception {
    return Corpus.pod(
        "containers: [{name: a, image: i, resources: {requests: {cpu: "
            + cpu
            + ", memory: "
            + memory
            + "}}}]");
  }

  private static Pod with(String spec) throws Exception {
    return Corpus.pod("containers: [{name: a, image: i}]\n" + spec);
  }

  private static void rejected(Pod pod, List<Pod> active, Node node, String reason, String why) {
    assertThat(Admission.admit(pod, active, node)).isEqualTo(new Decision.Rejected(reason, why));
  }

  private static void admitted(Pod pod, List<Pod> active, Node node) {
    assertThat(Admission.admit(pod, active, node)).isEqualTo(new Decision.Admitted(pod));
  }

  @Test
  void whatIsReservedIsNotForPods() throws Exception {
    admitted(asking("1500m", "896Mi"), List.of(), NODE);
    rejected(
        asking("1501m", "1Mi"),
        List.of(),
        NODE,
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 1501, used: 0, capacity: 1500");
    rejected(
        asking("1m", "512Mi"),
        List.of(asking("1m", "512Mi")),
        NODE,
        "OutOfmemory",
        "Node didn't have enough resource: memory, requested: 536870912, used: 536870912, capacity:"
            + " 939524096");
  }

  @Test
  void overheadCounts() throws Exception {
    Pod pod = asking("1", "1Mi");
    Pod heavy = pod.withSpec(pod.spec().withOverhead(Map.of("cpu", Quantity.parse("600m"))));
    admitted(pod, List.of(), NODE);
    rejected(
        heavy,
        List.of(),
        NODE,
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 1600, used: 0, capacity: 1500");
  }

  @Test
  void initContainersCountAtTheirHighestAndSidecarsAlways() throws Exception {
    Pod sequential =
        with("initContainers: [{name: i, image: i, resources: {requests: {cpu: 1500m}}}]");
    admitted(sequential, List.of(), NODE);
    Pod beside =
        Corpus.pod(
            """
            initContainers:
            - {name: s, image: i, restartPolicy: Always, resources: {requests: {cpu: "1"}}}
            containers:
            - {name: a, image: i, resources: {requests: {cpu: "1"}}}
            """);
    rejected(
        beside,
        List.of(),
        NODE,
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 2000, used: 0, capacity: 1500");
  }

  @Test
  void thereIsRoomForSoManyPods() throws Exception {
    Pod pod = with("");
    admitted(pod, List.of(pod, pod), NODE);
    rejected(
        pod,
        List.of(pod, pod, pod),
        NODE,
        "OutOfpods",
        "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3");
  }

  @Test
  void selectorAndAffinityAreMatchedWithTheNodesLabels() throws Exception {
    String why = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    admitted(with("nodeSelector: {disk: ssd}"), List.of(), NODE);
    rejected(with("nodeSelector: {disk: hdd}"), List.of(), NODE, "NodeAffinity", why);
    admitted(affine("{key: disk, operator: In, values: [ssd, nvme]}"), List.of(), NODE);
    admitted(affine("{key: cores, operator: Gt, values: [\"4\"]}"), List.of(), NODE);
    admitted(affine("{key: gpu, operator: DoesNotExist}"), List.of(), NODE);
    rejected(
        affine("{key: cores, operator: Lt, values: [\"4\"]}"),
        List.of(),
        NODE,
        "NodeAffinity",
        why);
    rejected(
        affine("{key: disk, operator: NotIn, values: [ssd]}"),
        List.of(),
        NODE,
        "NodeAffinity",
        why);
    rejected(affine("{key: gpu, operator: Exists}"), List.of(), NODE, "NodeAffinity", why);
  }

  private static Pod affine(String requirement) throws Exception {
    return with(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            + " {nodeSelectorTerms: [{matchExpressions: ["
            + requirement
            + "]}]}}}");
  }

  @Test
  void aPodOfAnotherNodeIsNotThisOnes() throws Exception {
    admitted(with("nodeName: node-1"), List.of(), NODE);
    rejected(
        with("nodeName: node-2"),
        List.of(),
        NODE,
        "NodeName",
        "Predicate NodeName failed: node(s) didn't match the requested node name");
  }

  @Test
  void aPortOfTheNodeBelongsToOnePod() throws Exception {
    String why =
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    Pod web = port("{containerPort: 80, hostPort: 8080}");
    rejected(web, List.of(web), NODE, "NodePorts", why);
    rejected(
        port("{containerPort: 1, hostPort: 8080, hostIP: 127.0.0.1}"),
        List.of(web),
        NODE,
        "NodePorts",
        why);
    admitted(port("{containerPort: 80, hostPort: 8080, protocol: UDP}"), List.of(web), NODE);
    admitted(port("{containerPort: 80, hostPort: 8081}"), List.of(web), NODE);
    admitted(port("{containerPort: 8080}"), List.of(web), NODE);
    admitted(
        port("{containerPort: 1, hostPort: 8080, hostIP: 127.0.0.1}"),
        List.of(port("{containerPort: 1, hostPort: 8080, hostIP: 127.0.0.2}")),
        NODE);
  }

  private static Pod port(String port) throws Exception {
    return Corpus.pod("containers: [{name: a, image: i, ports: [" + port + "]}]");
  }

  @Test
  void onlyTaintsThatDriveOutKeepOut() throws Exception {
    Node tainted =
        new Node(
            NODE.name(),
            NODE.labels(),
            List.of(
                new Taint("team", "a", TaintEffect.NoExecute),
                new Taint("x", "", TaintEffect.NoSchedule)),
            NODE.capacity(),
            NODE.reserved());
    rejected(
        with(""),
        List.of(),
        tainted,
        "TaintToleration",
        "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate");
    admitted(with("tolerations: [{key: team, value: a, effect: NoExecute}]"), List.of(), tainted);
    admitted(with("tolerations: [{operator: Exists}]"), List.of(), tainted);
  }
}
