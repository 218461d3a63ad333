package dev.gantry.cli.e2e;

import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.channel.ImageUpload;
import dev.gantry.daemon.DaemonCommandLine;
import dev.gantry.daemon.Remains;
import dev.gantry.daemon.config.ConfigException;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code gantry daemon} with crun and the built-in bridge. */
final class GantryFixture implements RuntimeFixture {
  private final TestDirs dirs;
  private final InstalledGantry gantry;
  private final Path config;
  private final String cgroup = TestNames.cgroup();
  private @Nullable Process process;

  GantryFixture(TestDirs dirs, InstalledGantry gantry) throws IOException {
    this.dirs = dirs;
    this.gantry = gantry;
    this.config =
        Files.writeString(
            dirs.path("config.toml"),
            """
            root = "%s"
            state = "%s"
            listen = "unix://%s"
            log_format = "text"
            cgroup_driver = "cgroupfs"
            cgroup_parent = "%s"
            monitors_cgroup = "%s"
            [image]
            certs_dirs = ["%s"]
            registries_conf = ""
            auth_files = []
            [network]
            default_network = true
            config_dirs = ["%s"]
            """
                .formatted(
                    dirs.root(),
                    dirs.state(),
                    dirs.socket(),
                    cgroup,
                    cgroup + "-monitors",
                    dirs.dir("certs.d"),
                    dirs.dir("cni")));
  }

  @Override
  public String endpoint() {
    return "unix://" + dirs.socket();
  }

  @Override
  public String handler() {
    return "crun";
  }

  @Override
  public String cgroup() {
    return cgroup;
  }

  @Override
  public void start() throws IOException {
    process = gantry.start(dirs.path("daemon.log"), "daemon", "--config", config.toString());
    Processes.awaitRuntime(endpoint(), process, dirs.path("daemon.log"));
  }

  @Override
  public void kill() {
    Processes.kill(process);
    process = null;
  }

  @Override
  public String log() {
    return Processes.tail(dirs.path("daemon.log"));
  }

  @Override
  public void load(Map<String, TestImage> images) throws IOException {
    Path tar = dirs.path("images.tar");
    ImageArchive.ociLayout(tar, new LinkedHashMap<>(images));
    try (CriChannel channel = CriChannel.open(endpoint());
        InputStream in = Files.newInputStream(tar)) {
      var answer = ImageUpload.send(channel.channel(), tar.toString(), in, sent -> {});
      if (answer.getImagesCount() != images.size()) {
        throw new IOException(answer.getImagesCount() + " of " + images.size() + " images came in");
      }
    }
  }

  @Override
  public void close() {
    kill();
    try {
      Remains.remove(DaemonCommandLine.load(new String[] {"--config", config.toString()}));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }
}
