package dev.gantry.daemon.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gantry.container.RuntimeInfo.Features;
import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.daemon.container.ContainerOptions;
import dev.gantry.daemon.doctor.HostCapabilities;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.DefaultCapabilities;
import dev.gantry.oci.runtime.Device;
import dev.gantry.oci.runtime.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Specifications against those in {@code golden}, which people have read. With the system property
 * {@code gantry.golden=write} they are written anew, to be read again.
 */
class SpecGeneratorTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final HostFacts V1 =
      new HostFacts(
          new HostCapabilities(DefaultCapabilities.ALL),
          false,
          false,
          true,
          Set.of("2MB", "1GB"),
          -1000);

  private PodSandboxConfig pod =
      PodSandboxConfig.newBuilder()
          .setMetadata(PodSandboxMetadata.newBuilder().setName("pod").setNamespace("ns"))
          .setHostname("pod-host")
          .putAnnotations("example.com/pod", "from the pod")
          .build();
  private ContainerConfig container =
      ContainerConfig.newBuilder()
          .setMetadata(ContainerMetadata.newBuilder().setName("main"))
          .setImage(ImageSpec.newBuilder().setImage("test.example/app:1"))
          .build();
  private ImageConfig image =
      OciJson.parse(
          """
          {"architecture":"amd64","os":"linux",
           "config":{"Env":["PATH=/image/bin","FROM=image"],"Entrypoint":["/entry"],
                     "Cmd":["one","two"],"WorkingDir":"/image"},
           "rootfs":{"type":"layers","diff_ids":[]}}
          """,
          ImageConfig.class);
  private ResolvedUser user = new ResolvedUser(0, 0, List.of());
  private List<BindMount> binds = List.of();
  private boolean recursiveReadOnly = true;
  private boolean guest;
  private List<Device> devices = List.of();
  private List<String> allowed = List.of();
  private HostFacts host = V1;

  private void security(UnaryOperator<LinuxContainerSecurityContext.Builder> edit) {
    LinuxContainerConfig linux = container.getLinux();
    container =
        container.toBuilder()
            .setLinux(
                linux.toBuilder()
                    .setSecurityContext(edit.apply(linux.getSecurityContext().toBuilder())))
            .build();
  }

  private void resources(UnaryOperator<LinuxContainerResources.Builder> edit) {
    LinuxContainerConfig linux = container.getLinux();
    container =
        container.toBuilder()
            .setLinux(linux.toBuilder().setResources(edit.apply(linux.getResources().toBuilder())))
            .build();
  }

  private String generate() throws CallFailure {
    var options = ContainerOptions.check(container, SandboxOptions.check(pod));
    var paths = new SandboxPaths(Path.of("/state/pods/p"));
    return pretty(
        OciJson.toText(
            SpecGenerator.generate(
                new SpecInput(
                    "c",
                    options,
                    image,
                    user,
                    options.pod().hostname(),
                    CapabilitySets.of(options, host.capabilities()),
                    List.of(
                        Namespace.fresh(Namespace.MOUNT),
                        new Namespace(Namespace.NETWORK, "/state/pods/p/ns/network"),
                        Namespace.fresh(Namespace.PID)),
                    paths,
                    "/parent/c",
                    Path.of("/state/containers/c/rootfs"),
                    binds,
                    new Features(true, true, recursiveReadOnly, true, guest),
                    devices,
                    devices.stream().map(device -> "rw").toList(),
                    null,
                    null,
                    allowed,
                    NodeLimits.NONE,
                    host))));
  }

  private void assertGolden(String name) throws IOException, CallFailure {
    Path file = GOLDEN.resolve(name + ".json");
    String made = generate();
    if (System.getProperty("gantry.golden", "").equals("write")) {
      Files.writeString(file, made);
    }
    assertThat(made).isEqualTo(Files.readString(file));
  }

  /** One value a line. */
  private static String pretty(String json) {
    var out = new StringBuilder();
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean empty = i + 1 < json.length() && "]}".indexOf(json.charAt(i + 1)) >= 0;
      if (quoted) {
        out.append(c);
        if (c == '\\') {
          out.append(json.charAt(++i));
        }
        quoted = c != '"';
      } else if (c == '"') {
        out.append(c);
        quoted = true;
      } else if ((c == '{' || c == '[') && empty) {
        out.append(c).append(json.charAt(++i));
      } else if (c == '{' || c == '[') {
        out.append(c).append('\n').append("  ".repeat(++depth));
      } else if (c == '}' || c == ']') {
        out.append('\n').append("  ".repeat(--depth)).append(c);
      } else if (c == ',') {
        out.append(c).append('\n').append("  ".repeat(depth));
      } else {
        out.append(c == ':' ? ": " : String.valueOf(c));
      }
    }
    return out.append('\n').toString();
  }

  @Test
  void byDefault() throws Exception {
    assertGolden("default");
  }

  @Test
  void ofTheRequest() throws Exception {
    container =
        container.toBuilder()
            .addCommand("/bin/app")
            .addArgs("--flag")
            .setWorkingDir("/work")
            .setTty(true)
            .addEnvs(variable("FROM", "request"))
            .addEnvs(variable("EMPTY", ""))
            .build();
    allowed = List.of("example.com/*");
    assertGolden("request");
  }

  private static KeyValue variable(String name, String value) {
    return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
  }

  @Test
  void privileged() throws Exception {
    pod =
        pod.toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setPrivileged(true)))
            .build();
    security(context -> context.setPrivileged(true));
    devices = List.of(new Device("/dev/fuse", "c", 10L, 229L, 0666, 0L, 0L));
    assertGolden("privileged");
  }

  /** Its own mount of cgroup2 would change the options of the node's. */
  @Test
  void privilegedOnCgroup2SeesTheNodesCgroupsByABindMount() throws Exception {
    host = new HostFacts(V1.capabilities(), true, true, true, V1.hugepageSizes(), -1000);
    assertThat(generate()).contains("\"source\": \"cgroup\"");
    pod =
        pod.toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setPrivileged(true)))
            .build();
    assertThat(generate()).contains("\"source\": \"cgroup\"");
    security(context -> context.setPrivileged(true));
    assertThat(generate())
        .contains("\"source\": \"/sys/fs/cgroup\"")
        .doesNotContain("\"source\": \"cgroup\"");
    guest = true; // its kernel is another one
    assertThat(generate()).contains("\"source\": \"cgroup\"");
  }

  @Test
  void asAnotherUserWithAReadOnlyRoot() throws Exception {
    user = new ResolvedUser(1000, 1001, List.of(4L, 27L));
    security(context ->
        context
            .setReadonlyRootfs(true)
            .setNoNewPrivs(true)
            .addMaskedPaths("/proc/kcore")
            .addReadonlyPaths("/proc/sys")
            .setCapabilities(
                Capability.newBuilder()
                    .addAddCapabilities("NET_ADMIN")
                    .addDropCapabilities("ALL")
                    .addAddAmbientCapabilities("NET_BIND_SERVICE")));
    assertGolden("readonly-user-capabilities");
  }

  @Test
  void withMounts() throws Exception {
    binds =
        List.of(
            bind("/data/deep/below", "/host/b", true, MountPropagation.PROPAGATION_PRIVATE),
            bind("/data", "/host/a", false, MountPropagation.PROPAGATION_HOST_TO_CONTAINER),
            bind("/etc/hosts", "/host/hosts", false, MountPropagation.PROPAGATION_PRIVATE));
    assertGolden("mounts");
  }

  private static BindMount bind(
      String destination, String source, boolean readOnly, MountPropagation propagation) {
    return new BindMount(destination, Path.of(source), readOnly, false, propagation, List.of());
  }

  @Test
  void withLimits() throws Exception {
    resources(limits ->
        limits
            .setCpuPeriod(100000)
            .setCpuQuota(50000)
            .setCpuShares(512)
            .setCpusetCpus("0-1")
            .setCpusetMems("0")
            .setMemoryLimitInBytes(64 << 20)
            .setOomScoreAdj(500)
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(0)));
    assertGolden("resources");
  }

  @Test
  void inTheNodesNetworkAndIpc() throws Exception {
    pod =
        pod.toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder()
                                    .setNetwork(NamespaceMode.NODE)
                                    .setIpc(NamespaceMode.NODE))))
            .build();
    assertGolden("host-namespaces");
  }

  @Test
  void allOfTheNodesSysIsReadOnlyWhereThatCanBe() throws Exception {
    var ids = IDMapping.newBuilder().setHostId(1_000_000).setLength(65_536);
    var user = UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(ids).addGids(ids);
    pod =
        pod.toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setPrivileged(true)
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder()
                                    .setNetwork(NamespaceMode.NODE)
                                    .setUsernsOptions(user))))
            .build();
    assertThat(generate()).contains("\"rro\"");
    recursiveReadOnly = false;
    assertThat(generate()).doesNotContain("\"rro\"");
    recursiveReadOnly = true;
    security(context -> context.setPrivileged(true));
    assertThat(generate()).doesNotContain("\"rro\"");
  }

  @Test
  void theOomScoreIsTheNearestThatMayBeSet() throws Exception {
    resources(limits -> limits.setOomScoreAdj(-997));
    assertThat(generate()).contains("\"oomScoreAdj\": -997");
    host = new HostFacts(V1.capabilities(), false, false, true, V1.hugepageSizes(), 0);
    assertThat(generate()).contains("\"oomScoreAdj\": 0");
  }

  @Test
  void withoutSwapAccountingNoSwapLimitIsSet() throws Exception {
    resources(limits -> limits.setMemoryLimitInBytes(64 << 20));
    assertThat(generate()).contains("\"swap\": 67108864");
    host = new HostFacts(V1.capabilities(), false, false, false, V1.hugepageSizes(), -1000);
    assertThat(generate()).contains("\"limit\": 67108864").doesNotContain("\"swap\"");
  }

  @Test
  void whatTheHostCannotDoIsNamed() {
    host =
        new HostFacts(
            new HostCapabilities(List.of("CAP_CHOWN")), false, false, false, Set.of(), -1000);
    security(context ->
        context.setCapabilities(Capability.newBuilder().addAddCapabilities("SYS_ADMIN")));
    assertThatThrownBy(this::generate).hasMessageContaining("SYS_ADMIN");
    container = container.toBuilder().clearLinux().build();
    resources(limits -> limits.putUnified("memory.high", "1"));
    assertThatThrownBy(this::generate).hasMessageContaining("unified");
    container = container.toBuilder().clearLinux().build();
    resources(limits ->
        limits.addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(2 << 20)));
    assertThatThrownBy(this::generate).hasMessageContaining("hugepage_limits");
  }

  /** Version 2 limits swap alone: what both are together says nothing without memory. */
  @Test
  void cgroupVersionTwoLimitsSwapOnlyWithMemory() throws Exception {
    resources(limits -> limits.setMemorySwapLimitInBytes(1 << 20));
    assertThat(generate()).contains("\"swap\": 1048576");
    host = new HostFacts(V1.capabilities(), true, false, true, V1.hugepageSizes(), -1000);
    assertThatThrownBy(this::generate)
        .hasMessageContaining("memory_swap_limit_in_bytes")
        .hasMessageContaining("memory_limit_in_bytes");
    resources(limits -> limits.setMemoryLimitInBytes(1 << 20));
    assertThat(generate()).contains("\"swap\": 1048576");
    resources(limits -> limits.clearMemoryLimitInBytes().setMemorySwapLimitInBytes(-1));
    assertThat(generate()).contains("\"swap\": -1");
  }

  @Test
  void filesOfCgroupVersionTwo() throws Exception {
    host = new HostFacts(V1.capabilities(), true, false, true, V1.hugepageSizes(), -1000);
    resources(limits -> limits.putUnified("memory.high", "1000000").putUnified("io.weight", "50"));
    assertThat(generate()).contains("\"memory.high\": \"1000000\"", "\"io.weight\": \"50\"");
    resources(limits -> limits.putUnified("../../cgroup.procs", "1"));
    assertThatThrownBy(this::generate).hasMessageContaining("unified", "../../cgroup.procs");
  }

  @Test
  void aCommandReplacesEntrypointAndCmdAndArgsReplaceCmd() throws Exception {
    assertThat(args()).isEqualTo("[\"/entry\",\"one\",\"two\"]");
    container = container.toBuilder().addArgs("three").build();
    assertThat(args()).isEqualTo("[\"/entry\",\"three\"]");
    container = container.toBuilder().addCommand("/cmd").build();
    assertThat(args()).isEqualTo("[\"/cmd\",\"three\"]");
    container = container.toBuilder().clearArgs().build();
    assertThat(args()).isEqualTo("[\"/cmd\"]");
    image =
        OciJson.parse(
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
            ImageConfig.class);
    container = container.toBuilder().clearCommand().build();
    assertThatThrownBy(this::generate)
        .hasMessageContaining("no command")
        .hasMessageContaining("test.example/app:1");
  }

  private String args() throws CallFailure {
    String spec = generate().replaceAll("\\s+", "");
    int start = spec.indexOf("\"args\":") + "\"args\":".length();
    return spec.substring(start, spec.indexOf(']', start) + 1);
  }
}
