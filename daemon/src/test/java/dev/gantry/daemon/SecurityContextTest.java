package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxContainerUser;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A container's security context, field by field, under both OCI runtimes of Debian. */
class SecurityContextTest {
  private static final boolean APP_ARMOR =
      Files.exists(Path.of("/sys/kernel/security/apparmor/profiles"));
  private static final String USERS = "test.example/users:1";
  private static final String CHOWN_ONLY =
      """
      {"defaultAction": "SCMP_ACT_ALLOW",
       "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ERRNO"}]}
      """;

  private static Node node;

  @BeforeAll
  static void start() throws IOException {
    node = Node.options().eachRuntime().start();
    node.importImage(
        USERS,
        TestImage.busyboxBuilder()
            .layer(
                file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n"),
                file("etc/group", "root:x:0:\nown:x:1001:\nmore:x:2000:app\nother:x:3000:app\n"),
                TarEntry.symlink("lnk", "/proc/self/fd/7"),
                TarEntry.symlink("fine", "/tmp"))
            .user("app")
            .build());
  }

  private static TarEntry file(String name, String text) {
    return TarEntry.file(name, 0644, text.getBytes(StandardCharsets.UTF_8));
  }

  @AfterAll
  static void close() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private static TestPod pod(String handler) {
    TestPod pod = node.pod("s-" + TestNames.word());
    pod.handler = handler;
    Edit.security(pod.config, security -> security.setPrivileged(true));
    return pod.run();
  }

  private static ContainerConfig.Builder config(
      TestPod pod, Consumer<LinuxContainerSecurityContext.Builder> edit) {
    ContainerConfig.Builder config = pod.container("c-" + TestNames.word(), "sleep", "3600");
    Edit.security(config, edit);
    return config;
  }

  private static TestContainer start(
      TestPod pod, Consumer<LinuxContainerSecurityContext.Builder> edit) {
    return pod.start(config(pod, edit));
  }

  private static TestContainer startUsers(
      TestPod pod, Consumer<LinuxContainerSecurityContext.Builder> edit) {
    return pod.start(config(pod, edit).setImage(ImageSpec.newBuilder().setImage(USERS)));
  }

  private static Int64Value id(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  private static SecurityProfile profile(ProfileType type, String reference) {
    return SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(reference).build();
  }

  private static String status(TestContainer container, String field) {
    return container.sh("grep ^" + field + ": /proc/1/status").split("\\s+", 2)[1];
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void usersAndGroupsByNumberAndName(String handler) {
    TestPod pod = pod(handler);
    String ids = "echo $(id -u):$(id -g):$(id -G | tr ' ' '\\n' | sort -n | tr '\\n' ',')";
    assertThat(startUsers(pod, s -> {}).sh(ids)).isEqualTo("1000:1001:1001,2000,3000,");
    assertThat(startUsers(pod, s -> s.setRunAsUser(id(0))).sh("id -u; id -g")).isEqualTo("0\n0");
    assertThat(startUsers(pod, s -> s.setRunAsUser(id(77)).setRunAsGroup(id(88))).sh(ids))
        .isEqualTo("77:88:88,");
    assertThat(startUsers(pod, s -> s.setRunAsUsername("app").setRunAsGroup(id(5))).sh(ids))
        .startsWith("1000:5:5,");
    TestContainer merged = startUsers(pod, s -> s.addSupplementalGroups(4000));
    assertThat(merged.sh(ids)).isEqualTo("1000:1001:1001,2000,3000,4000,");
    TestContainer strict =
        startUsers(
            pod,
            s ->
                s.addSupplementalGroups(4000)
                    .setSupplementalGroupsPolicy(SupplementalGroupsPolicy.Strict));
    assertThat(strict.sh(ids)).isEqualTo("1000:1001:1001,4000,");
    LinuxContainerUser told = strict.status().getUser().getLinux();
    assertThat(told.getUid()).isEqualTo(1000);
    assertThat(told.getGid()).isEqualTo(1001);
    assertThat(told.getSupplementalGroupsList()).containsExactlyInAnyOrder(1001L, 4000L);
  }

  @Test
  void usersThatCannotBeAreRefused() {
    TestPod pod = pod("crun");
    assertFails(
        () -> startUsers(pod, s -> s.setRunAsGroup(id(5))),
        Code.INVALID_ARGUMENT,
        "run_as_group needs");
    assertFails(
        () -> startUsers(pod, s -> s.setRunAsUsername("nosuch")), Code.INVALID_ARGUMENT, "nosuch");
    assertFails(
        () -> startUsers(pod, s -> s.setRunAsUser(id(1)).setRunAsUsername("app")),
        Code.INVALID_ARGUMENT,
        "exclude each other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void capabilities(String handler) {
    TestPod pod = pod(handler);
    int netAdmin = 12;
    int chown = 0;
    assertThat(has(start(pod, s -> {}), "CapEff", netAdmin)).isFalse();
    TestContainer changed =
        start(
            pod,
            s ->
                s.setCapabilities(
                    Capability.newBuilder()
                        .addAddCapabilities("NET_ADMIN")
                        .addDropCapabilities("CHOWN")));
    for (String set : List.of("CapEff", "CapPrm", "CapBnd")) {
      assertThat(has(changed, set, netAdmin)).as(set).isTrue();
      assertThat(has(changed, set, chown)).as(set).isFalse();
    }
    TestContainer none =
        start(pod, s -> s.setCapabilities(Capability.newBuilder().addDropCapabilities("ALL")));
    assertThat(status(none, "CapBnd")).isEqualTo("0000000000000000");
    TestContainer all =
        start(pod, s -> s.setCapabilities(Capability.newBuilder().addAddCapabilities("ALL")));
    assertThat(has(all, "CapBnd", 21)).isTrue();
    TestContainer ambient =
        start(
            pod,
            s ->
                s.setRunAsUser(id(1000))
                    .setCapabilities(
                        Capability.newBuilder().addAddAmbientCapabilities("NET_ADMIN")));
    for (String set : List.of("CapAmb", "CapEff", "CapPrm", "CapInh", "CapBnd")) {
      assertThat(has(ambient, set, netAdmin)).as(set).isTrue();
    }
    assertThat(has(ambient, "CapEff", chown)).isFalse();
    // A command in it has them, too.
    assertThat(ambient.sh("ip link add x0 type veth peer name x1 && echo made")).isEqualTo("made");
    assertFails(
        () -> start(pod, s -> s.setCapabilities(Capability.newBuilder().addAddCapabilities("X"))),
        Code.INVALID_ARGUMENT,
        "linux.security_context.capabilities");
  }

  private static boolean has(TestContainer container, String set, int capability) {
    return ((Long.parseUnsignedLong(status(container, set), 16) >>> capability) & 1) == 1;
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void noNewPrivileges(String handler) {
    TestPod pod = pod(handler);
    assertThat(status(start(pod, s -> {}), "NoNewPrivs")).isEqualTo("0");
    TestContainer confined = start(pod, s -> s.setNoNewPrivs(true));
    assertThat(status(confined, "NoNewPrivs")).isEqualTo("1");
    assertThat(confined.sh("grep NoNewPrivs /proc/self/status")).endsWith("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void seccomp(String handler) throws Exception {
    TestPod pod = pod(handler);
    Path file = Files.writeString(node.dirs.path("chown.json"), CHOWN_ONLY.formatted("chown"));
    assertThat(status(start(pod, s -> {}), "Seccomp")).isEqualTo("0");
    assertThat(
            status(start(pod, s -> s.setSeccomp(profile(ProfileType.Unconfined, ""))), "Seccomp"))
        .isEqualTo("0");
    TestContainer byDefault =
        start(pod, s -> s.setSeccomp(profile(ProfileType.RuntimeDefault, "")));
    assertThat(status(byDefault, "Seccomp")).isEqualTo("2");
    assertThat(byDefault.exec("unshare", "-m", "true").getExitCode()).isNotZero();
    TestContainer local =
        start(pod, s -> s.setSeccomp(profile(ProfileType.Localhost, file.toString())));
    assertThat(local.exec("chown", "1", "/tmp").getExitCode()).isNotZero();
    local.sh("mkdir /made");
    // The file's new content is another filter.
    Files.writeString(file, CHOWN_ONLY.formatted("mkdir") + " ");
    TestContainer changed =
        start(pod, s -> s.setSeccomp(profile(ProfileType.Localhost, file.toString())));
    changed.sh("chown 1 /tmp");
    assertThat(changed.exec("mkdir", "/made").getExitCode()).isNotZero();
    TestContainer privileged =
        start(
            pod,
            s -> s.setPrivileged(true).setSeccomp(profile(ProfileType.Localhost, file.toString())));
    assertThat(status(privileged, "Seccomp")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  @SuppressWarnings("deprecation") // the fields of old kubelets are what this is about
  void seccompInTheOldField(String handler) throws Exception {
    TestPod pod = pod(handler);
    Path file = Files.writeString(node.dirs.path("old.json"), CHOWN_ONLY.formatted("chown"));
    for (String name : List.of("runtime/default", "docker/default")) {
      assertThat(status(start(pod, s -> s.setSeccompProfilePath(name)), "Seccomp")).isEqualTo("2");
    }
    assertThat(status(start(pod, s -> s.setSeccompProfilePath("unconfined")), "Seccomp"))
        .isEqualTo("0");
    assertThat(
            start(pod, s -> s.setSeccompProfilePath("localhost/" + file))
                .exec("chown", "1", "/tmp")
                .getExitCode())
        .isNotZero();
    // The new field wins.
    assertThat(
            status(
                start(
                    pod,
                    s ->
                        s.setSeccompProfilePath("runtime/default")
                            .setSeccomp(profile(ProfileType.Unconfined, ""))),
                "Seccomp"))
        .isEqualTo("0");
    assertFails(
        () -> start(pod, s -> s.setSeccompProfilePath("nonsense")),
        Code.INVALID_ARGUMENT,
        "seccomp_profile_path",
        "nonsense");
  }

  @Test
  void seccompProfilesThatCannotBeAreRefused() throws Exception {
    TestPod pod = pod("crun");
    Path garbage = Files.writeString(node.dirs.path("garbage.json"), "{");
    for (String path : List.of("", "relative", "/no/such/file", garbage.toString())) {
      assertFails(
          () -> start(pod, s -> s.setSeccomp(profile(ProfileType.Localhost, path))),
          Code.INVALID_ARGUMENT,
          "linux.security_context.seccomp.localhost_ref",
          path);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void maskedAndReadOnlyPaths(String handler) {
    TestPod pod = pod(handler);
    TestContainer hidden =
        start(
            pod,
            s ->
                s.addMaskedPaths("/proc/version")
                    .addMaskedPaths("/sys/kernel")
                    .addReadonlyPaths("/proc/sys")
                    .addReadonlyPaths("/tmp"));
    assertThat(hidden.sh("cat /proc/version; ls /sys/kernel")).isEmpty();
    assertThat(hidden.exec("touch", "/tmp/x").getExitCode()).isNotZero();
    assertThat(hidden.exec("sh", "-c", "echo > /proc/sys/kernel/domainname").getExitCode())
        .isNotZero();
    // ProcMount Unmasked: the lists are empty.
    TestContainer open = start(pod, s -> {});
    assertThat(open.sh("cat /proc/version; ls /sys/kernel")).contains("Linux version");
    assertThat(open.sh("cat /proc/timer_list | head -1; touch /tmp/x")).contains("Timer List");
    // Without a security context there are those of every CRI runtime.
    TestContainer usual = pod.start(pod.container("usual", "sleep", "3600").clearLinux());
    assertThat(usual.sh("cat /proc/timer_list")).isEmpty();
    // Privileged is open whatever the lists say.
    TestContainer privileged =
        start(pod, s -> s.setPrivileged(true).addMaskedPaths("/proc/version"));
    assertThat(privileged.sh("cat /proc/version")).contains("Linux version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aReadOnlyRoot(String handler) {
    TestPod pod = pod(handler);
    TestContainer container = start(pod, s -> s.setReadonlyRootfs(true));
    assertThat(container.exec("touch", "/made").getExitCode()).isNotZero();
    assertThat(container.exec("sh", "-c", "echo >> /etc/hosts").getExitCode()).isNotZero();
    container.sh("touch /dev/shm/made");
    start(pod, s -> {}).sh("touch /made; echo >> /etc/hosts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void privileged(String handler) {
    TestPod pod = pod(handler);
    TestContainer container = start(pod, s -> s.setPrivileged(true));
    container.sh("mkdir /m; mount -t tmpfs none /m; test -c /dev/full; test -e /dev/kmsg");
    assertThat(container.sh("grep ' /sys ' /proc/mounts")).contains("rw,");
    assertThat(start(pod, s -> {}).exec("mount", "-t", "tmpfs", "none", "/mnt").getExitCode())
        .isNotZero();
    TestPod modest = node.pod("modest").run();
    assertFails(
        () -> start(modest, s -> s.setPrivileged(true)),
        Code.INVALID_ARGUMENT,
        "linux.security_context.privileged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void workingDirectoriesThatLeadOut(String handler) {
    TestPod pod = pod(handler);
    for (String dir :
        List.of("/proc/self/fd/7", "/proc", "/lnk", "/lnk/usr", "/tmp/../lnk", "//proc/1/root")) {
      String refused = dir.contains("..") ? "must be absolute, without .." : "/proc";
      assertFails(
          () ->
              pod.create(
                  config(pod, s -> {})
                      .setImage(ImageSpec.newBuilder().setImage(USERS))
                      .setWorkingDir(dir)),
          Code.INVALID_ARGUMENT,
          "working_dir",
          refused);
    }
    TestContainer container =
        pod.start(
            config(pod, s -> s.setRunAsUser(id(0)))
                .setImage(ImageSpec.newBuilder().setImage(USERS))
                .setWorkingDir("/fine"));
    assertThat(container.sh("pwd -P")).isEqualTo("/tmp");
    // The container changes it behind our back, for the next command.
    container.sh("rm /fine; ln -s /proc/self/fd/8 /fine");
    assertFails(() -> container.exec("pwd"), Code.INVALID_ARGUMENT, "working_dir /fine", "/proc");
  }

  /** Where none of the links is in the image's root file system, and {@code /proc} has no name. */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void workingDirectoriesThatLeadOutByMounts(String handler) throws IOException {
    TestPod pod = pod(handler);
    Path volume = Files.createDirectory(node.dirs.dir("volumes").resolve(handler));
    Files.createSymbolicLink(volume.resolve("out"), Path.of("/proc/1/root"));
    Files.createSymbolicLink(volume.resolve("opened"), Path.of("/proc/self/fd/7"));
    List<Mount> mounts =
        List.of(
            mount(volume, "/vol"),
            // The image's link has it at /tmp/vol.
            mount(volume, "/fine/vol"),
            mount(Path.of("/proc"), "/host/proc"),
            mount(Path.of("/"), "/node"));
    for (String dir :
        List.of(
            "/dev/fd/7",
            "/dev/stdin",
            "/vol/out",
            "/vol/opened",
            "/tmp/vol/out",
            "/host/proc/1/root",
            "/host/proc/self/fd/7",
            "/node/proc/1/root")) {
      assertFails(
          () -> pod.create(inNodesPids(pod, mounts).setWorkingDir(dir)),
          Code.INVALID_ARGUMENT,
          "working_dir " + dir,
          "proc");
    }
    TestContainer container = pod.start(inNodesPids(pod, mounts).setWorkingDir("/vol/cwd"));
    assertThat(container.sh("pwd -P")).isEqualTo("/vol/cwd");
    for (String target : List.of("/dev/fd/7", "/vol/out", "/vol/opened", "/host/proc/1/root")) {
      Path cwd = volume.resolve("cwd");
      Files.delete(cwd);
      Files.createSymbolicLink(cwd, Path.of(target));
      assertFails(
          () -> container.exec("pwd"), Code.INVALID_ARGUMENT, "working_dir /vol/cwd", "proc");
    }
  }

  @Test
  void aMountOverTheRootHidesNoWorkingDirectory() {
    TestPod pod = pod("crun");
    List<Mount> mounts = List.of(mount(node.dirs.dir("volumes"), "/"));
    assertFails(
        () -> pod.create(inNodesPids(pod, mounts).setWorkingDir("/dev/fd/7")),
        Code.INVALID_ARGUMENT,
        "working_dir",
        "mount at /");
  }

  private static Mount mount(Path source, String target) {
    return Mount.newBuilder()
        .setHostPath(source.toString())
        .setContainerPath(target)
        .setReadonly(source.startsWith("/proc"))
        .build();
  }

  private static ContainerConfig.Builder inNodesPids(TestPod pod, List<Mount> mounts) {
    ContainerConfig.Builder config =
        config(pod, s -> s.setRunAsUser(id(0)))
            .setImage(ImageSpec.newBuilder().setImage(USERS))
            .addAllMounts(mounts);
    Edit.namespaces(config, n -> n.setPid(NamespaceMode.NODE));
    return config;
  }

  @Test
  void aTargetIsInTheSamePod() {
    TestContainer other = pod("crun").startSleeper("other");
    TestPod pod = pod("crun");
    ContainerConfig.Builder config = pod.container("c", "sleep", "3600");
    Edit.namespaces(config, n -> n.setPid(NamespaceMode.TARGET).setTargetId(other.id));
    assertFails(() -> pod.create(config), Code.INVALID_ARGUMENT, "target_id", "another pod");
  }

  @Test
  @SuppressWarnings("deprecation") // the field of old kubelets, too
  void appArmorProfilesAreRefusedWithoutAppArmor() {
    assumeFalse(APP_ARMOR);
    TestPod pod = pod("crun");
    assertFails(
        () -> start(pod, s -> s.setApparmor(profile(ProfileType.Localhost, "mine"))),
        Code.FAILED_PRECONDITION,
        "linux.security_context.apparmor: profile mine",
        "no AppArmor");
    assertFails(
        () -> start(pod, s -> s.setApparmorProfile("localhost/mine")),
        Code.FAILED_PRECONDITION,
        "profile mine");
    assertFails(
        () -> start(pod, s -> s.setApparmorProfile("nonsense")),
        Code.INVALID_ARGUMENT,
        "apparmor_profile: nonsense");
    // The default one too when it is asked for, as by containerd; CRI-O leaves it out silently.
    assertFails(
        () -> start(pod, s -> s.setApparmor(profile(ProfileType.RuntimeDefault, ""))),
        Code.FAILED_PRECONDITION,
        "linux.security_context.apparmor: profile gantry-default",
        "no AppArmor",
        "drop appArmorProfile or run the pod on a node that has it");
    assertFails(
        () -> start(pod, s -> s.setApparmorProfile("runtime/default")),
        Code.FAILED_PRECONDITION,
        "profile gantry-default");
    start(pod, s -> {}).sh("true");
    start(pod, s -> s.setApparmor(profile(ProfileType.Unconfined, ""))).sh("true");
  }

  @WithEachRuntime
  @SuppressWarnings("deprecation") // the field of old kubelets, too
  void appArmorProfilesAreInForceWhereTheKernelHasThem(String handler) {
    assumeTrue(APP_ARMOR);
    TestPod pod = pod(handler);
    String read = "cat /proc/self/attr/current";
    for (TestContainer confined :
        List.of(
            start(pod, s -> {}),
            start(pod, s -> s.setApparmor(profile(ProfileType.RuntimeDefault, ""))),
            start(pod, s -> s.setApparmorProfile("runtime/default")),
            start(pod, s -> s.setApparmor(profile(ProfileType.Localhost, "gantry-default"))))) {
      assertThat(confined.sh(read)).isEqualTo("gantry-default (enforce)");
    }
    assertThat(start(pod, s -> s.setApparmor(profile(ProfileType.Unconfined, ""))).sh(read))
        .isEqualTo("unconfined");
    assertFails(
        () -> start(pod, s -> s.setApparmor(profile(ProfileType.Localhost, "mine"))),
        Code.FAILED_PRECONDITION,
        "linux.security_context.apparmor: profile mine is not loaded");
  }

  @Test
  void seLinuxOptionsThatNeedSeLinuxAreRefusedWithoutIt() {
    TestPod pod = pod("crun");
    assertFails(
        () -> start(pod, s -> s.setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0:c1,c2"))),
        Code.FAILED_PRECONDITION,
        "linux.security_context.selinux_options: s0:c1,c2",
        "no SELinux");
    assertFails(
        () ->
            start(
                pod,
                s ->
                    s.setSelinuxOptions(
                        SELinuxOption.newBuilder().setUser("u").setRole("r").setType("mine_t"))),
        Code.FAILED_PRECONDITION,
        "selinux_options: u:r:mine_t",
        "drop seLinuxOptions or run the pod on a node that has it");
    // What asks for no confinement has it, and what asks for nothing needs nothing.
    start(pod, s -> s.setSelinuxOptions(SELinuxOption.newBuilder().setType("spc_t").setLevel("s0")))
        .sh("true");
    start(pod, s -> s.setSelinuxOptions(SELinuxOption.getDefaultInstance())).sh("true");
  }

  @Test
  void seLinuxOptionsOfThePodHoldForItsContainers() {
    TestPod pod = node.pod("labelled").hostNetwork();
    Edit.security(
        pod.config,
        s ->
            s.setPrivileged(true)
                .setSelinuxOptions(SELinuxOption.newBuilder().setType("mine_t").setLevel("s0:c7")));
    pod.run();
    assertFails(
        () -> start(pod, s -> {}), Code.FAILED_PRECONDITION, "selinux_options: mine_t:s0:c7");
    start(pod, s -> s.setPrivileged(true)).sh("true");
  }
}
