package dev.gantry.oci.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SeccompTest {
  private static final Set<String> DEFAULT = Set.copyOf(DefaultCapabilities.NAMES);
  private static final KernelVersion NOW = new KernelVersion(6, 18);

  @Test
  void theDefaultAllowsWhatContainersNeedAndNoMore() {
    Seccomp profile = DefaultSeccomp.profile(DEFAULT, "amd64");
    assertThat(profile.defaultAction()).isEqualTo(Seccomp.ERRNO);
    assertThat(profile.defaultErrnoRet()).isEqualTo(1);
    assertThat(profile.architectures())
        .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    Set<String> free = unconditional(profile);
    assertThat(free)
        .hasSizeGreaterThan(360)
        .contains("read", "execve", "openat2", "futex_waitv", "chroot", "arch_prctl", "ptrace")
        .doesNotContain(
            "mount",
            "bpf",
            "unshare",
            "setns",
            "keyctl",
            "add_key",
            "userfaultfd",
            "kexec_load",
            "io_uring_setup",
            "clone",
            "clone3",
            "socket",
            "personality",
            "reboot",
            "syslog",
            "open_by_handle_at",
            "riscv_flush_icache",
            "init_module");
  }

  @Test
  void theDefaultLetsCloneMakeNoNamespaces() {
    Seccomp profile = DefaultSeccomp.profile(DEFAULT, "amd64");
    assertThat(rules(profile, "clone"))
        .containsExactly(
            new SyscallRule(
                List.of("clone"),
                Seccomp.ALLOW,
                null,
                List.of(new Arg(0, 0x7e020000L, 0, "SCMP_CMP_MASKED_EQ"))));
    assertThat(rules(profile, "clone3"))
        .containsExactly(new SyscallRule(List.of("clone3"), Seccomp.ERRNO, 38, List.of()));
    assertThat(rules(DefaultSeccomp.profile(DEFAULT, "s390x"), "clone").getFirst().args())
        .extracting(Arg::index)
        .containsExactly(1);

    Seccomp admin = DefaultSeccomp.profile(Set.of("CAP_SYS_ADMIN"), "amd64");
    assertThat(unconditional(admin)).contains("clone", "clone3", "mount", "unshare", "setns");
    assertThat(rules(admin, "clone3")).hasSize(1);
  }

  @Test
  void theDefaultLooksAtArgumentsCapabilitiesArchitectureAndKernel() {
    Seccomp profile = DefaultSeccomp.profile(DEFAULT, "amd64");
    assertThat(rules(profile, "socket"))
        .extracting(r -> r.args().getFirst().op())
        .containsExactly("SCMP_CMP_LT", "SCMP_CMP_EQ", "SCMP_CMP_GT");
    assertThat(rules(profile, "personality"))
        .extracting(r -> r.args().getFirst().value())
        .containsExactly(0L, 8L, 0x20000L, 0x20008L, 0xffffffffL);
    assertThat(unconditional(DefaultSeccomp.profile(Set.of(), "amd64"))).doesNotContain("chroot");
    assertThat(unconditional(DefaultSeccomp.profile(Set.of("CAP_SYSLOG"), "amd64")))
        .contains("syslog");
    assertThat(unconditional(DefaultSeccomp.profile(Set.of(), "arm64")))
        .contains("cacheflush")
        .doesNotContain("arch_prctl", "modify_ldt");
    assertThat(unconditional(DefaultSeccomp.profile(Set.of(), "386"))).contains("modify_ldt");
    assertThat(unconditional(DefaultSeccomp.profile(DEFAULT, "amd64", new KernelVersion(4, 4))))
        .doesNotContain("ptrace");
    assertThat(DefaultSeccomp.profile(DEFAULT, "sparc64").architectures()).isEmpty();
  }

  @Test
  void everyCapabilityInTheDefaultExists() {
    Seccomp none = DefaultSeccomp.profile(Set.of(), "amd64");
    Seccomp all = DefaultSeccomp.profile(Set.copyOf(DefaultCapabilities.ALL), "amd64");
    Set<String> gained = unconditional(all);
    gained.removeAll(unconditional(none));
    assertThat(gained)
        .contains("open_by_handle_at", "reboot", "chroot", "init_module", "acct", "kcmp", "iopl")
        .contains("settimeofday", "vhangup", "mbind", "syslog", "bpf", "perf_event_open", "mount");
  }

  @Test
  void readsAProfileInDockersForm() {
    SeccompProfile profile =
        parse(
            """
            {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":13,"defaultErrno":"EACCES",
             "archMap":[{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]},
                        {"architecture":"SCMP_ARCH_X86_64","subArchitectures":null}],
             "syscalls":[
               {"names":["read","write"],"action":"SCMP_ACT_ALLOW","args":[],"comment":"x",
                "includes":{},"excludes":{}},
               {"name":"chdir","action":"SCMP_ACT_LOG","args":null},
               {"names":["a"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_BPF"]}},
               {"names":["b"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_BPF"]}},
               {"names":["c"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["amd64"],"minKernel":"5.10"}},
               {"names":["d"],"action":"SCMP_ACT_ALLOW","excludes":{"minKernel":"5.10"}},
               {"names":["e"],"action":"SCMP_ACT_ALLOW","excludes":{"arches":["amd64","arm64"]}},
               {"names":["f"],"action":"SCMP_ACT_ALLOW",
                "args":[{"index":1,"value":18446744073709551615,"valueTwo":2,"op":"SCMP_CMP_NE"}]}]}
            """);
    Seccomp filter = profile.filter(Set.of(), "amd64", NOW);
    assertThat(filter.architectures()).containsExactly("SCMP_ARCH_X86_64");
    assertThat(filter.defaultErrnoRet()).isEqualTo(13);
    assertThat(filter.syscalls())
        .extracting(rule -> String.join(",", rule.names()))
        .containsExactly("read,write", "chdir", "b", "c", "f");
    assertThat(filter.syscalls().getLast().args())
        .containsExactly(new Arg(1, -1, 2, "SCMP_CMP_NE"));
    assertThat(OciJson.toText(filter)).contains("18446744073709551615");
    Seccomp other = profile.filter(Set.of("CAP_BPF"), "arm64", new KernelVersion(4, 19));
    assertThat(other.architectures()).containsExactly("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
    assertThat(other.syscalls())
        .extracting(rule -> String.join(",", rule.names()))
        .containsExactly("read,write", "chdir", "a", "d", "f");
  }

  @Test
  void readsAProfileInTheRuntimesForm() {
    Seccomp filter =
        parse(
                """
                {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
                 "flags":["SECCOMP_FILTER_FLAG_LOG"],
                 "syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}
                """)
            .filter(Set.of(), "amd64", NOW);
    assertThat(OciJson.toText(filter))
        .isEqualTo(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\"],"
                + "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
                + "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
  }

  @Test
  void refusesBadProfiles() {
    assertBad("{}", "\"defaultAction\" is missing");
    assertBad("{\"defaultAction\":\"ALLOW\"}", "unknown seccomp action \"ALLOW\"");
    assertBad("{\"defaultAction\":1,\"syscalls\":{}}", "SeccompProfile");
    String start = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[";
    assertBad(start + "{\"action\":\"SCMP_ACT_LOG\"}]}", "needs either \"names\" or \"name\"");
    assertBad(start + "{\"names\":[\"a\"]}]}", "\"action\" is missing");
    assertBad(
        start + "{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}", "needs a \"listenerPath\"");
    assertBad(
        start
            + "{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":0,\"value\":1,"
            + "\"op\":\"EQ\"}]}]}",
        "unknown seccomp comparison \"EQ\"");
    assertBad(
        start
            + "{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"includes\":{\"minKernel\":\"5\"}}]}",
        "kernel version \"5\"");
    assertBad(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"a\"],"
            + "\"archMap\":[{\"architecture\":\"b\"}]}",
        "both \"architectures\" and \"archMap\"");
  }

  @Test
  void comparesKernels() {
    assertThat(KernelVersion.parse("6.18.0-rc5-amd64")).isEqualTo(NOW);
    assertThat(KernelVersion.parse("4.19")).isLessThan(new KernelVersion(5, 0));
    assertThat(KernelVersion.parse("5.4")).isLessThan(new KernelVersion(5, 10));
    assertThatThrownBy(() -> KernelVersion.parse(".1")).isInstanceOf(OciFormatException.class);
  }

  private static void assertBad(String json, String why) {
    assertThatThrownBy(() -> parse(json))
        .as(json)
        .isInstanceOf(OciFormatException.class)
        .hasMessageContaining(why);
  }

  private static SeccompProfile parse(String json) {
    return SeccompProfile.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  private static List<SyscallRule> rules(Seccomp profile, String name) {
    return profile.syscalls().stream().filter(rule -> rule.names().contains(name)).toList();
  }

  private static Set<String> unconditional(Seccomp profile) {
    return profile.syscalls().stream()
        .filter(rule -> rule.action().equals(Seccomp.ALLOW) && rule.args().isEmpty())
        .flatMap(rule -> rule.names().stream())
        .collect(Collectors.toSet());
  }
}
