package dev.gantry.bench;

import dev.gantry.bench.PullImages.Image;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pulls through Gantry, containerd and CRI-O, and the steps of a pull run bare, all from one
 * registry on loopback, in turns. Each pull goes into an empty store, and nothing is deleted before
 * the end: inodes that were just freed make ext4 slow.
 */
final class PullBench {
  private static final String MOST = "gantry, most resident MiB";

  private final PullOptions options;
  private final Report report;
  private final PrintStream progress;
  private final Workspace workspace;
  private final Path home;
  private final List<Double> resident = new ArrayList<>();

  PullBench(
      PullOptions options, Report report, PrintStream progress, Workspace workspace, Path home) {
    this.options = options;
    this.report = report;
    this.progress = progress;
    this.workspace = workspace;
    this.home = home;
  }

  void run() throws IOException {
    progress.println("making images");
    List<Image> images =
        new PullImages(workspace.root().resolve("registry"), options.corpus()).make();
    List<PullPeer> peers = new ArrayList<>();
    for (PullPeer peer : options.peers()) {
      if (peer.installed()) {
        report.fact(peer.name(), peer.version());
        peers.add(peer);
      } else {
        report.fact(peer.name(), "left out: there is no " + peer.program());
      }
    }
    try (PullRegistry registry = PullRegistry.start(workspace.root().resolve("registry"))) {
      for (Image image : images) {
        measure(image, registry, peers);
      }
    }
    report.fact(
        MOST, Math.round(resident.stream().mapToDouble(Double::doubleValue).max().orElse(0)));
  }

  private void measure(Image image, PullRegistry registry, List<PullPeer> peers)
      throws IOException {
    var floor = new PullFloor(image, registry);
    Map<String, Samples> samples = new LinkedHashMap<>();
    samples.put("gantry", new Samples());
    peers.forEach(peer -> samples.put(peer.name(), new Samples()));
    samples.put("floor", new Samples());
    for (int round = 0; round < options.rounds(); round++) {
      progress.println(image.title() + ", round " + (round + 1));
      Path fresh = workspace.root().resolve(image.name().replace(':', '-') + "-" + round);
      gantry(image, registry, fresh.resolve("gantry"), sample(samples, "gantry"));
      for (PullPeer peer : peers) {
        other(peer, image, registry, fresh.resolve(peer.name()), sample(samples, peer.name()));
      }
      floor.run(fresh.resolve("floor"), sample(samples, "floor"));
    }
    String title =
        "%s: %d MB compressed, %d MB of archives"
            .formatted(image.title(), image.bytes() / 1_000_000, image.plainBytes() / 1_000_000);
    report.section(image.name(), title, "s", samples);
    Samples gantry = sample(samples, "gantry");
    report.ratio(image.name(), "gantry", gantry, "floor", sample(samples, "floor"), PullFloor.PULL);
    for (PullPeer peer : peers) {
      Samples other = sample(samples, peer.name());
      report.ratio(image.name(), peer.name(), other, "gantry", gantry, PullFloor.PULL);
    }
  }

  private static Samples sample(Map<String, Samples> all, String name) {
    return java.util.Objects.requireNonNull(all.get(name));
  }

  private void gantry(Image image, PullRegistry registry, Path root, Samples samples)
      throws IOException {
    String config = Files.readString(workspace.config());
    try {
      Files.createDirectories(root);
      String own = "root = \"" + workspace.daemonRoot() + "\"";
      Files.writeString(workspace.config(), config.replace(own, "root = \"" + root + "\""));
      try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
        settle(image);
        samples.add(PullFloor.PULL, pull(workspace.endpoint(), registry.name(image)));
        resident.add(ProcessUse.peakMebibytes(daemon.pid()));
      }
    } finally {
      Files.writeString(workspace.config(), config);
    }
  }

  private void other(PullPeer peer, Image image, PullRegistry registry, Path root, Samples samples)
      throws IOException {
    Path state = workspace.state().resolve(peer.name());
    try (PeerDaemon daemon = PeerDaemon.start(peer, root, state, registry.host())) {
      settle(image);
      samples.add(PullFloor.PULL, pull(daemon.endpoint(), registry.name(image)));
    }
  }

  private static double pull(String endpoint, String image) throws IOException {
    long start = System.nanoTime();
    CriContender.pull(endpoint, image);
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * So that nobody writes back what another one has written, and all find the registry with the
   * image in memory, not only those that come after the first.
   */
  private static void settle(Image image) throws IOException {
    Programs.run(List.of("sync"));
    List<String> read = new ArrayList<>(List.of("sh", "-c", "cat \"$@\" >/dev/null", "sh"));
    image.blobs().forEach(blob -> read.add(blob.toString()));
    Programs.run(read);
  }
}
