package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.daemon.config.ConfigException;
import dev.gantry.daemon.config.ConfigLoader;
import dev.gantry.daemon.config.ConfigReference;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import dev.gantry.linux.process.Spawn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flags of {@code gantry daemon}. */
class DaemonCommandLineTest {
  @TempDir private Path dir;

  @Test
  void flagsOverrideTheFile() throws Exception {
    Path file = Files.writeString(dir.resolve("c.toml"), "root = \"/a\"\nlog_level = \"debug\"\n");

    DaemonConfig config =
        DaemonCommandLine.load(
            new String[] {"--config", file.toString(), "--log-level=trace", "--listen", "/x/y"});

    assertThat(config.root()).isEqualTo(Path.of("/a"));
    assertThat(config.logLevel()).isEqualTo(LogLevel.TRACE);
    assertThat(config.socket()).isEqualTo(Path.of("/x/y"));
  }

  @Test
  void flagsThatAreNoneAreNamed() {
    for (List<String> args : List.of(List.of("--nope", "x"), List.of("nope"), List.of("--root"))) {
      assertThatThrownBy(() -> DaemonCommandLine.load(args.toArray(String[]::new)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(args.getFirst());
    }
    assertThatThrownBy(
            () -> DaemonCommandLine.load(new String[] {"--config", dir + "/missing.toml"}))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("missing.toml");
  }

  @Test
  void itsProgramGivesItALocaleThatHasAllNames() throws Exception {
    Files.writeString(dir.resolve("release"), "JAVA_VERSION=\"25\"\n");
    Path java = Files.createDirectory(dir.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho $LC_ALL\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();

    Spawn.Result started =
        Spawn.of("/bin/bash", Path.of("../packaging/bin/gantry").toRealPath().toString(), "daemon")
            .env(Map.of("JAVA_HOME", dir.toString(), "PATH", "/usr/bin:/bin", "LC_ALL", "C"))
            .run(Duration.ofSeconds(60), 1 << 16);

    assertThat(started.stdoutText()).isEqualTo("C.UTF-8\n");
  }

  @Test
  void everyLineOfTheDefaultFileThatIsCommentedOutIsValidToo() throws Exception {
    String all = ConfigReference.defaultFile().replaceAll("(?m)^# (\\[.*]|[a-z_]+ = .*)$", "$1");
    Path file = Files.writeString(dir.resolve("all.toml"), all);

    assertThat(ConfigLoader.load(file, true, Map.of()).runtimes().keySet()).containsExactly("crun");
  }
}
