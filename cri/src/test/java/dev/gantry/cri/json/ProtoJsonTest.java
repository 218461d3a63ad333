package dev.gantry.cri.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.gantry.cri.json.Schema.MessageType;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.cri.v1.PsiData;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.Signal;
import dev.gantry.cri.v1.UInt64Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoJsonTest {
  private static final PodSandboxConfig POD =
      PodSandboxConfig.newBuilder()
          .setMetadata(PodSandboxMetadata.newBuilder().setName("web").setAttempt(3))
          .setLogDirectory("/var/log/pods/web")
          .putLabels("b", "2")
          .putLabels("a", "1")
          .setLinux(
              LinuxPodSandboxConfig.newBuilder()
                  .setSecurityContext(
                      LinuxSandboxSecurityContext.newBuilder()
                          .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                          .addSupplementalGroups(5)
                          .addSupplementalGroups(-1)
                          .setNamespaceOptions(
                              NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER))))
          .build();

  @Test
  void printsByTheRulesOfProtobuf() {
    assertThat(ProtoJson.print(POD, PrintOptions.COMPACT))
        .isEqualTo(
            "{\"metadata\":{\"name\":\"web\",\"attempt\":3},"
                + "\"logDirectory\":\"/var/log/pods/web\",\"labels\":{\"a\":\"1\",\"b\":\"2\"},"
                + "\"linux\":{\"securityContext\":{\"namespaceOptions\":{\"pid\":\"CONTAINER\"},"
                + "\"runAsUser\":{\"value\":\"1000\"},\"supplementalGroups\":[\"5\",\"-1\"]}}}");
  }

  @Test
  void printsFieldsThatAreNotSetOnDemand() {
    PodSandboxStatusResponse answer =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(PodSandboxStatus.newBuilder().setId("x"))
            .build();
    assertThat(ProtoJson.print(answer, PrintOptions.FULL))
        .isEqualTo(
            """
            {
              "status": {
                "id": "x",
                "metadata": null,
                "state": "SANDBOX_READY",
                "createdAt": "0",
                "network": null,
                "linux": null,
                "labels": {},
                "annotations": {},
                "runtimeHandler": ""
              },
              "info": {},
              "containersStatuses": [],
              "timestamp": "0"
            }\
            """);
  }

  @Test
  void everyTypeComesBackAsItWas() throws ReflectiveOperationException {
    int types = 0;
    for (MessageType type : Schema.get().messages().values()) {
      if (type.mapEntry()) {
        continue;
      }
      types++;
      MessageLite prototype = prototype(type);
      for (int seed = 0; seed < 20; seed++) {
        Map<String, @Nullable Object> tree = new RandomTrees(seed).message(type, 0);
        MessageLite message = ProtoJson.fromTree(tree, prototype);
        assertThat(ProtoJson.toTree(message, PrintOptions.COMPACT))
            .as("%s, seed %s", type.name(), seed)
            .isEqualTo(tree);
        for (boolean defaults : new boolean[] {false, true}) {
          for (boolean indented : new boolean[] {false, true}) {
            PrintOptions options = new PrintOptions(defaults, indented, false);
            assertThat(ProtoJson.parse(ProtoJson.print(message, options), prototype))
                .isEqualTo(message);
          }
        }
      }
    }
    assertThat(types).isGreaterThan(175);
  }

  private static MessageLite prototype(MessageType type) throws ReflectiveOperationException {
    String local = type.name().substring(type.name().lastIndexOf('.') + 1);
    String room =
        type.name().startsWith("runtime.")
            ? "v1"
            : type.name().contains("store") ? "store" : "gantry";
    return (MessageLite)
        Class.forName("dev.gantry.cri." + room + "." + local)
            .getMethod("getDefaultInstance")
            .invoke(null);
  }

  @Test
  void readsNamesInSnakeCaseAndCamelCase() {
    String json =
        """
        {"metadata": {"name": "web", "attempt": 3}, "log_directory": "/var/log/pods/web",
         "labels": {"a": "1", "b": "2"},
         "linux": {"security_context": {"run_as_user": {"value": 1000},
           "supplementalGroups": [5, "-1"], "namespace_options": {"pid": 1}}}}
        """;
    assertThat(ProtoJson.parse(json, PodSandboxConfig.getDefaultInstance())).isEqualTo(POD);
  }

  @Test
  void readsTreesAsYamlLibrariesMakeThem() {
    Map<Object, Object> labels = new HashMap<>(Map.of(1, "one", true, "yes"));
    Map<String, Object> tree =
        Map.of(
            "metadata", Map.of("name", "web", "attempt", 3),
            "labels", labels,
            "linux", Map.of("resources", Map.of("memory_limit_in_bytes", 1L << 40)));
    PodSandboxConfig config = ProtoJson.fromTree(tree, PodSandboxConfig.getDefaultInstance());
    assertThat(config.getLabelsMap()).isEqualTo(Map.of("1", "one", "true", "yes"));
    assertThat(config.getMetadata().getAttempt()).isEqualTo(3);
    assertThat(config.getLinux().getResources().getMemoryLimitInBytes()).isEqualTo(1L << 40);
  }

  @Test
  void keepsTheContractsOddNames() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .addCDIDevices(CDIDevice.newBuilder().setName("v.com/c=d"))
            .addMounts(Mount.newBuilder().addUidMappings(IDMapping.newBuilder().setLength(-1)))
            .setStopSignal(Signal.SIGNAL_SIGRTMINPLUS1)
            .build();
    String json = ProtoJson.print(config, PrintOptions.COMPACT);
    assertThat(json)
        .isEqualTo(
            "{\"mounts\":[{\"uidMappings\":[{\"length\":4294967295}]}],"
                + "\"CDIDevices\":[{\"name\":\"v.com/c=d\"}],"
                + "\"stopSignal\":\"SIGNAL_SIGRTMINPLUS1\"}");
    assertThat(ProtoJson.parse(json, ContainerConfig.getDefaultInstance())).isEqualTo(config);
    assertThat(ProtoJson.parse("{\"CDI_devices\": []}", ContainerConfig.getDefaultInstance()))
        .isEqualTo(ContainerConfig.getDefaultInstance());
    assertThat(ProtoJson.parse("{\"Avg10\": \"NaN\", \"Total\": 1}", PsiData.getDefaultInstance()))
        .isEqualTo(PsiData.newBuilder().setAvg10(Double.NaN).setTotal(1).build());
  }

  @Test
  void knowsEveryTypeOfTheModule() {
    PodRecord record =
        PodRecord.newBuilder().setId("p").setConfig(POD).setState(PodState.POD_STATE_READY).build();
    String json = ProtoJson.print(record, PrintOptions.COMPACT);
    assertThat(json).contains("\"state\":\"POD_STATE_READY\"");
    assertThat(ProtoJson.parse(json, PodRecord.getDefaultInstance())).isEqualTo(record);
    ExecSyncResponse bytes =
        ExecSyncResponse.newBuilder().setStdout(ByteString.copyFrom(new byte[] {-1, 0, 1})).build();
    json = ProtoJson.print(bytes, PrintOptions.COMPACT);
    assertThat(json).contains("\"stdout\":\"/wAB\"");
    assertThat(ProtoJson.parse(json, ExecSyncResponse.getDefaultInstance())).isEqualTo(bytes);
  }

  @Test
  void unknownEnumValuesStayNumbers() {
    MessageLite message = NamespaceOption.newBuilder().setPidValue(77).setTargetId("t").build();
    assertThat(ProtoJson.print(message, PrintOptions.COMPACT))
        .isEqualTo("{\"pid\":77,\"targetId\":\"t\"}");
    assertThat(ProtoJson.parse("{\"pid\": 77, \"targetId\": \"t\"}", message)).isEqualTo(message);
  }

  @Test
  void leavesOutFieldsOfNewerPeers() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(wire);
    out.writeString(1000, "from the future");
    out.writeInt32(2, 80);
    out.writeString(1, "p");
    out.writeByteArray(2, new byte[] {81, 82}); // packed, after an unpacked one
    out.flush();
    PortForwardRequest request = PortForwardRequest.parseFrom(wire.toByteArray());
    assertThat(ProtoJson.print(request, PrintOptions.COMPACT))
        .isEqualTo("{\"podSandboxId\":\"p\",\"port\":[80,81,82]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"nope": 1}                                    | nope: unknown field of runtime.v1.PodSandboxConfig
          {"linux": {"resources": {"cpu": 1}}}           | linux.resources.cpu: unknown field of runtime.v1.LinuxContainerResources
          {"metadata": {"attempt": -1}}                  | metadata.attempt: expected a whole number from 0 to 4294967295, got -1
          {"metadata": {"attempt": 1.5}}                 | metadata.attempt: expected a whole number from 0 to 4294967295, got 1.5
          {"metadata": {"attempt": 1e999999999}}         | metadata.attempt: expected a whole number from 0 to 4294967295, got 1E+999999999
          {"metadata": {"name": 7}}                      | metadata.name: expected a string, got 7
          {"metadata": []}                               | metadata: expected an object, got a list
          {"labels": {"a": 1}}                           | labels["a"]: expected a string, got 1
          {"labels": {"a": null}}                        | labels["a"]: expected a string, got null
          {"port_mappings": {}}                          | port_mappings: expected a list, got an object
          {"port_mappings": [{}, {"protocol": "ICMP"}]}  | port_mappings[1].protocol: "ICMP" is none of TCP, UDP, SCTP
          {"port_mappings": [null]}                      | port_mappings[0]: expected an object, got null
          {"log_directory": "a", "logDirectory": "b"}    | logDirectory: given twice, as logDirectory and log_directory
          {"hostname": "\\ud800"}                        | hostname: half of a surrogate pair in
          {"linux": {"security_context": {"privileged": "true"}}} | linux.security_context.privileged: expected true or false, got "true"
          """)
  void refusesWithThePath(String json, String error) {
    assertThatThrownBy(() -> ProtoJson.parse(json, PodSandboxConfig.getDefaultInstance()))
        .isInstanceOf(ProtoJsonException.class)
        .hasMessageStartingWith(error);
  }

  @Test
  void refusesBytesThatAreNoBase64() {
    assertThat(ProtoJson.parse("{\"value\": \"-_8\"}", KeyValue.getDefaultInstance()).getValue())
        .isEqualTo(ByteString.copyFrom(new byte[] {-5, -1}));
    assertThatThrownBy(() -> ProtoJson.parse("{\"value\": \"a b\"}", KeyValue.getDefaultInstance()))
        .hasMessageStartingWith("value: expected base64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000", "\"1000\"", "1e3", "1000.0", "\"1e3\""})
  void takesWholeNumbersHoweverWritten(String number) {
    String json = "{\"value\": " + number + "}";
    assertThat(ProtoJson.parse(json, Int64Value.getDefaultInstance()).getValue()).isEqualTo(1000);
    assertThat(ProtoJson.parse(json, UInt64Value.getDefaultInstance()).getValue()).isEqualTo(1000);
  }

  @Test
  void keepsUnsignedNumbersWhole() {
    UInt64Value all = UInt64Value.newBuilder().setValue(-1).build();
    String json = ProtoJson.print(all, PrintOptions.COMPACT);
    assertThat(json).isEqualTo("{\"value\":\"18446744073709551615\"}");
    assertThat(ProtoJson.parse(json, all)).isEqualTo(all);
  }

  @Test
  void logTextHasNoSecretsAndAnEnd() {
    PullImageRequest request =
        PullImageRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage("app:1"))
            .setAuth(
                AuthConfig.newBuilder()
                    .setUsername("joe")
                    .setPassword("hunter2")
                    .setAuth("hunter2")
                    .setIdentityToken("hunter2")
                    .setRegistryToken("hunter2"))
            .build();
    assertThat(ProtoJson.logText(request))
        .contains("joe", "\"password\":\"<redacted>\"")
        .doesNotContain("hunter2");
    assertThat(ProtoJson.print(request, PrintOptions.COMPACT)).contains("hunter2");
    ImageSpec big = ImageSpec.newBuilder().setImage("x".repeat(10_000)).build();
    assertThat(ProtoJson.logText(big)).hasSize(4097).endsWith("…");
  }
}
