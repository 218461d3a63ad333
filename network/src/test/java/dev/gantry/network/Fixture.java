package dev.gantry.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A PodNetworks on private directories with fake plug-ins. */
final class Fixture implements AutoCloseable {
  final Path dir;
  final Path configs;
  final Path journal;
  final FakePlugins plugins;
  private @Nullable PodNetworks networks;

  Fixture(Path dir) {
    this.dir = dir;
    this.configs = dir.resolve("etc/cni/net.d");
    this.journal = dir.resolve("journal");
    this.plugins = new FakePlugins(dir.resolve("bin"));
  }

  Fixture config(String name, String text) {
    try {
      Path file = configs.resolve(name);
      Files.createDirectories(configs.resolve(name).getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A valid list of these plug-ins. */
  Fixture list(String name, String network, String... types) {
    StringBuilder text =
        new StringBuilder("{\"cniVersion\":\"1.0.0\",\"name\":\"" + network + "\",\"plugins\":[");
    for (int i = 0; i < types.length; i++) {
      text.append(i == 0 ? "" : ",").append("{\"type\":\"").append(types[i]).append("\"}");
    }
    return config(name, text.append("]}").toString());
  }

  PodNetworks open() {
    return open(Duration.ofSeconds(20));
  }

  PodNetworks open(Duration deadline) {
    close();
    try {
      networks =
          new PodNetworks(
              new NetworkSettings(List.of(configs), List.of(plugins.dir()), deadline, null),
              journal,
              new SpawnPluginRunner(),
              Duration.ofMillis(20),
              Duration.ofMillis(200));
      return networks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static AttachRequest request(PortMapping... ports) {
    return request(newId(), ports);
  }

  static AttachRequest request(String id, PortMapping... ports) {
    // This process's own namespace: one that certainly exists, and the fakes do nothing to it.
    Path netns = Path.of("/proc/" + ProcessHandle.current().pid() + "/ns/net");
    return new AttachRequest(id, "web", "default", "uid-1", netns, List.of(ports), Map.of());
  }

  static String newId() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  @Override
  public void close() {
    PodNetworks open = networks;
    if (open != null) {
      open.close();
    }
  }
}
