package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** containerd: the configuration's version 2 is read by 1.6 as well as by 2.x. */
record Containerd(Path program) implements PullPeer {
  @Override
  public String name() {
    return "containerd";
  }

  /** It takes plain HTTP from any registry on loopback. */
  @Override
  public List<String> configure(Path root, Path state, String registry) throws IOException {
    Path config = root.resolve("config.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%s"
        state = "%s"
        [grpc]
        address = "%s"
        [plugins."io.containerd.internal.v1.opt"]
        path = "%s"
        """
            .formatted(root.resolve("root"), state, socket(state), root.resolve("opt")));
    return List.of("--config", config.toString());
  }

  @Override
  public Path socket(Path state) {
    return state.resolve("containerd.sock");
  }
}
