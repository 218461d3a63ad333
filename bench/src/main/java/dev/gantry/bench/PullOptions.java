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
    for (OptionPair option : OptionPair.of(args)) {
      switch (option.name()) {
        case "--rounds" -> rounds = option.number(1);
        case "--containerd" -> containerd = new Containerd(option.path());
        case "--crio" -> crio = new Crio(option.path());
        case "--corpus" -> corpus = option.path();
        case "--json" -> json = option.path();
        default -> throw option.unknown();
      }
    }
    return new PullOptions(rounds, List.of(containerd, crio), corpus, json);
  }
}
