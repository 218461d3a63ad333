package dev.gantry.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files, drop-ins and flags, and what is said of a wrong one. */
class ConfigTest {
  @TempDir private Path dir;

  private DaemonConfig load(String toml) throws Exception {
    return ConfigLoader.load(write("config.toml", toml), true, Map.of());
  }

  private Path write(String name, String text) throws Exception {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void theDefaultFileSaysTheDefaults() throws Exception {
    DaemonConfig nothing = ConfigLoader.load(dir.resolve("none.toml"), false, Map.of());

    assertThat(load(ConfigReference.defaultFile())).isEqualTo(nothing);
    assertThat(nothing.socket()).isEqualTo(Path.of("/run/gantry/gantry.sock"));
    assertThat(nothing.runtimes().keySet()).containsExactly("crun", "runc");
  }

  @Test
  void theReferencePageIsWhatTheKeysSay() throws Exception {
    Path page = Path.of("..", "docs", "configuration.md");

    assertThat(page).hasContent(ConfigReference.markdown());
  }

  @Test
  void registriesConfMayBeNone() throws Exception {
    assertThat(load("[image]\nregistries_conf = \"\"\nauth_files = []").image().registriesConf())
        .isNull();
    assertThat(load("").image().registriesConf())
        .isEqualTo(Path.of("/etc/containers/registries.conf"));
    assertThat(load("").image().authFiles()).contains(Path.of("/var/lib/kubelet/config.json"));
  }

  @Test
  void aDropInOverridesTheFileAndAFlagBoth() throws Exception {
    Path file =
        write("config.toml", "root = \"/a\"\nstate = \"/b\"\n[network]\nplugin_timeout = \"5s\"\n");
    write("conf.d/10.toml", "state = \"/c\"\nlisten = \"unix:///c/s\"\n");
    write("conf.d/20.toml", "listen = \"unix:///d/s\"\n");

    DaemonConfig config = ConfigLoader.load(file, true, Map.of("root", "/flag"));

    assertThat(config.root()).isEqualTo(Path.of("/flag"));
    assertThat(config.state()).isEqualTo(Path.of("/c"));
    assertThat(config.socket()).isEqualTo(Path.of("/d/s"));
    assertThat(config.network().pluginTimeout()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void imagesLieInTheRootOrOnAFileSystemOfTheirOwn() throws Exception {
    assertThat(load("root = \"/a\"\n").image().directory()).isEqualTo(Path.of("/a/images"));
    DaemonConfig own = load("[image]\ndirectory = \"/disk/i\"\npinned = [\"*/pause:*\"]\n");
    assertThat(own.image().directory()).isEqualTo(Path.of("/disk/i"));
    assertThat(own.image().pinned()).containsExactly("*/pause:*");
  }

  @Test
  void onlyAPolicyThatWasNamedMustBeThere() throws Exception {
    assertThat(load("").image().policyRequired()).isFalse();
    DaemonConfig named = load("[image]\npolicy_file = \"/etc/gantry/policy.json\"\n");
    assertThat(named.image().policyFile()).isEqualTo(Path.of("/etc/gantry/policy.json"));
    assertThat(named.image().policyRequired()).isTrue();
    assertThatThrownBy(() -> load("[image]\npolicy_file = \"policy.json\"\n"))
        .hasMessageContaining("image.policy_file: policy.json is no absolute path");
  }

  @Test
  void handlersAreTablesAndTheirPathDefaultsToTheirName() throws Exception {
    DaemonConfig config =
        load("default_runtime = \"b\"\n[runtimes.b]\nallowed_annotations = [\"x/*\"]\n");

    assertThat(config.runtimes().keySet()).containsExactly("b");
    assertThat(config.handler("b").path()).isEqualTo("b");
    assertThat(config.handler("b").allowedAnnotations()).isEqualTo(List.of("x/*"));
    assertThat(config.handler("gone").allowedAnnotations()).isEmpty();
  }

  @Test
  void anUnknownKeyAndAWrongValueNameFileAndLine() {
    assertThatThrownBy(() -> load("root = \"/a\"\nrooot = 1\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("config.toml line 2: unknown key rooot");
    assertThatThrownBy(() -> load("\n\nroot = 7\n"))
        .hasMessageContaining("config.toml line 3: root must be a string");
    assertThatThrownBy(() -> load("root = \n")).hasMessageContaining("config.toml line 1");
    assertThatThrownBy(() -> load("[network]\nconfig_dirs = [1]\n"))
        .hasMessageContaining("network.config_dirs must be an array of strings");
  }

  @Test
  void valuesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> load("root = \"rel\"\n")).hasMessageContaining("no absolute path");
    assertThatThrownBy(() -> load("log_level = \"loud\"\n")).hasMessageContaining("log_level");
    assertThatThrownBy(() -> load("[network]\nplugin_timeout = \"soon\"\n"))
        .hasMessageContaining("no duration");
    assertThatThrownBy(() -> load("[image]\nparallel_layers = 99\n"))
        .hasMessageContaining("between 1 and 32");
    assertThatThrownBy(() -> load("cgroup_parent = \"/\"\n")).hasMessageContaining("cgroup_parent");
    assertThatThrownBy(() -> load("default_runtime = \"kata\"\n"))
        .hasMessageContaining("by no [runtimes] table");
    assertThatThrownBy(() -> load("listen = \"unix:///" + "x".repeat(120) + "\"\n"))
        .hasMessageContaining("limit of a socket");
    assertThatThrownBy(() -> ConfigLoader.load(dir.resolve("no"), true, Map.of()))
        .hasMessageContaining("no such file");
  }

  @Test
  void noHandlerMayBeAllowedTheAnnotationsThatGivePowerOverTheHost() {
    for (String name :
        List.of(
            "run.oci.hooks.stdout",
            "org.systemd.property.x",
            "io.kubernetes.cri.sandbox-id",
            "dev.gvisor.spec.cgroup-parent",
            "*")) {
      assertThatThrownBy(() -> load("[runtimes.crun]\nallowed_annotations = [\"" + name + "\"]\n"))
          .hasMessageContaining("cannot be allowed");
    }
  }

  @Test
  void aHandlersTableSaysAllOfIt() throws Exception {
    Path base =
        write(
            "base.json",
            """
            {"ociVersion": "1.0.2",
             "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/",
               "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 64, "soft": 64}]}}
            """);
    write(
        "conf.d/gvisor.toml",
        """
        [runtimes.runsc]
        root = "/run/runsc"
        options = ["--platform=systrap", "-debug"]
        base_spec = "%s"
        """
            .formatted(base));

    DaemonConfig config = load("[runtimes.crun]\npath = \"/usr/bin/crun\"\n");

    assertThat(config.runtimes().keySet()).containsExactly("crun", "runsc");
    DaemonConfig.HandlerConfig runsc = config.handler("runsc");
    assertThat(runsc.root()).isEqualTo(Path.of("/run/runsc"));
    assertThat(runsc.options()).containsExactly("--platform=systrap", "-debug");
    assertThat(runsc.baseSpec().spec()).isNotNull();
    assertThat(config.handler("crun").root()).isNull();
  }

  @Test
  void anEmptyTableIsAHandler() throws Exception {
    write("conf.d/a.toml", "[runtimes.runc]\npath = \"/opt/runc\"\n");
    write("conf.d/b.toml", "[runtimes.runc]\n[runtimes.crun]\n");

    DaemonConfig config = load("[runtimes.runsc]\n[runtimes.crun]\n");

    assertThat(config.runtimes().keySet()).containsExactly("runsc", "crun", "runc");
    assertThat(config.handler("runsc").path()).isEqualTo("runsc");
    assertThat(config.handler("runc").path()).isEqualTo("/opt/runc");
    assertRefused("[runtimes.Crun]\n", "line 1: [runtimes.Crun]: a handler is a DNS label");
  }

  @Test
  void aWrongTableNamesFileAndLine() throws Exception {
    assertRefused("[runtimes.crun]\nroot = \"rel\"\n", "line 2: runtimes.crun.root: rel");
    assertRefused("[runtimes.crun]\noptions = [\"debug\"]\n", "line 2: runtimes.crun.options");
    assertRefused("[runtimes.crun]\noptions = [\"--root=/x\"]\n", "--root=/x is Gantry's");
    assertRefused("[runtimes.crun]\nallowed_annotations = [\"\"]\n", "line 2: runtimes.crun.allow");
    assertRefused("[runtimes.crun]\nallowed_annotations = [\"run.oci.x\"]\n", "line 2: ");
    assertRefused("[runtimes.crun]\nbase_spec = \"/no/such\"\n", "line 2: ", "/no/such is no file");
    assertRefused("[runtimes.\"A b\"]\npath = \"x\"\n", "line 2: [runtimes.A b]");
    assertRefused("\ndefault_runtime = \"kata\"\n", "line 2: default_runtime: kata");
    assertRefused("a = 1\n", "line 1: unknown key a");
    assertRefused("[runtime.crun]\n", "line 1: unknown table");
    write("conf.d/90.toml", "\n[network]\nplugin_timeout = \"soon\"\n");
    assertRefused("", "conf.d/90.toml line 3: network.plugin_timeout: soon");
  }

  @Test
  void aBaseSpecThatCannotBeReadSaysWhy() throws Exception {
    Path broken = write("broken.json", "{\"ociVersion\": 1");
    assertRefused("[runtimes.crun]\nbase_spec = \"%s\"\n".formatted(broken), "broken.json: ");
    Path reserved =
        write(
            "reserved.json",
            "{\"ociVersion\": \"1.0.2\", \"annotations\": {\"run.oci.handler\": \"x\"}}");
    assertRefused(
        "[runtimes.crun]\nbase_spec = \"%s\"\n".formatted(reserved),
        "line 2: runtimes.crun.base_spec",
        "annotation run.oci.handler");
  }

  private void assertRefused(String toml, String... parts) {
    assertThatThrownBy(() -> load(toml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(parts);
  }
}
