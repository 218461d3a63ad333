package dev.gantry.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code gantry bench pull}.
 *
 * @param rounds how often each contender pulls each image
 * @param peers the runtimes Gantry is compared with, those that are not installed among them
 * @param corpus directory whose files the images are made of
 * @param json where the figures go as JSON
 */
record PullOptions(int rounds, List<PullPeer> peers, Path corpus, @Nullable Path json) {
  /** Reads what follows {@code pull}. */
  static PullOptions parse(List<String> args) {
    int rounds = 3;
    PullPeer containerd = new Containerd(Path.of("/usr/bin/containerd"));
    PullPeer crio = new Crio(Path.of("/usr/bin/crio"));
    Path corpus = Path.of("/usr");
    Path json = null;
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(args.get(i) + ": not an option, or without its value");
      }
      String value = args.get(i + 1);
      switch (args.get(i)) {
        case "--rounds" -> rounds = Math.max(1, Integer.parseInt(value));
        case "--containerd" -> containerd = new Containerd(Path.of(value).toAbsolutePath());
        case "--crio" -> crio = new Crio(Path.of(value).toAbsolutePath());
        case "--corpus" -> corpus = Path.of(value).toAbsolutePath();
        case "--json" -> json = Path.of(value).toAbsolutePath();
        default -> throw new IllegalArgumentException(args.get(i) + ": no such option");
      }
    }
    return new PullOptions(rounds, List.of(containerd, crio), corpus, json);
  }
}
