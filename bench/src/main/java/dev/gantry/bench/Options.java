package dev.gantry.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param load whether given endpoints are measured, not Gantry against the floor
 * @param endpoints what {@code load} measures
 * @param image the image of {@code load}'s pods
 * @param pods how many pods are run one at a time
 * @param warmUp how many before them do not count
 * @param atOnce how many are run at once, one measurement each
 * @param memory at how many pods memory is read
 * @param starts how often the daemon is started
 * @param idleSeconds how long the daemon at rest is watched
 * @param parts what is measured
 * @param json where the figures go as JSON
 */
record Options(
    boolean load,
    List<CriEndpoint> endpoints,
    String image,
    int pods,
    int warmUp,
    List<Integer> atOnce,
    List<Integer> memory,
    int starts,
    int idleSeconds,
    Set<Part> parts,
    @Nullable Path json) {
  static final String USAGE =
      """
      Usage: gantry bench [all] [options]    Gantry against the bare steps, on a daemon of its own
             gantry bench load --endpoint NAME=unix:///SOCKET[#HANDLER] … [options]
                                             pods on CRI endpoints that are there
             gantry bench pull [options]     pulls, against containerd, CRI-O and the bare steps; minutes
             gantry bench streams [options]  exec and port-forward, against bare exec and loopback TCP
             gantry bench lists [options]    lists of many containers while pods start and stop
             gantry bench stats [options]    what statistics of many containers cost the daemon
             gantry bench node [options]     pods from manifests: daemon and agent in one process
             gantry bench clean              removes what a killed benchmark left

        --pods N         pods one at a time (30)
        --warm-up N      pods before them that do not count (10)
        --at-once N,…    pods at once (16,32); 0 leaves it out
        --only PART,…    of `all`: pods, at-once, memory, starts
        --memory N,…     pods at which memory is read (0,10,50,100)
        --idle N         seconds for which the daemon at rest is watched (30)
        --starts N       starts of the daemon (10)
        --endpoint …     a runtime to measure; may be given several times
        --image NAME     the image of its pods, pulled where missing (busybox)
        --json FILE      writes the figures to a file, too
        --rounds N       of `pull`: how often each image is pulled (3)
        --containerd PROGRAM, --crio PROGRAM   of `pull`: other builds than those in /usr/bin
        --corpus DIR     of `pull`: whose files the images are made of (/usr)
        --rounds N, --execs N, --mebibytes N   of `streams`: rounds, execs of a round, size (3, 20, 1024)
        --containers N   of `lists` (1000) and `stats` (200): how many run
        --per-pod N      of `lists` (10) and `stats` (2): how many of them in each pod
        --seconds N      of `lists` (20) and `stats` (60): how long each way is measured
        --pods N         of `node` (100); --idle N: seconds at rest (60)
        --probe SECONDS  of `node`: every pod is a web server that is asked so often (0, never)
      """;

  /** What can be measured. */
  enum Part {
    PODS,
    AT_ONCE,
    MEMORY,
    STARTS;

    private static Part of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  static Options parse(List<String> args) {
    Reader reader = new Reader();
    reader.read(args);
    if (reader.load == reader.endpoints.isEmpty()) {
      throw new IllegalArgumentException("`load`, and only that, takes --endpoint");
    }
    return new Options(
        reader.load,
        List.copyOf(reader.endpoints),
        reader.image,
        reader.pods,
        reader.warmUp,
        reader.atOnce,
        reader.memory,
        reader.starts,
        reader.idleSeconds,
        reader.parts,
        reader.json);
  }

  private static final class Reader {
    private boolean load;
    private final List<CriEndpoint> endpoints = new ArrayList<>();
    private String image = "docker.io/library/busybox:latest";
    private int pods = 30;
    private int warmUp = 10;
    private List<Integer> atOnce = List.of(16, 32);
    private List<Integer> memory = List.of(0, 10, 50, 100);
    private int starts = 10;
    private int idleSeconds = 30;
    private Set<Part> parts = EnumSet.allOf(Part.class);
    private @Nullable Path json;

    void read(List<String> args) {
      for (int i = 0; i < args.size(); i++) {
        String argument = args.get(i);
        if (i == 0 && (argument.equals("load") || argument.equals("all"))) {
          load = argument.equals("load");
        } else if (i + 1 == args.size()) {
          throw new IllegalArgumentException(argument + ": not an option, or its value is missing");
        } else {
          option(argument, args.get(++i));
        }
      }
    }

    private void option(String name, String value) {
      switch (name) {
        case "--endpoint" -> endpoints.add(CriEndpoint.parse(value));
        case "--image" -> image = value;
        case "--pods" -> pods = number(value, 1);
        case "--warm-up" -> warmUp = number(value, 0);
        case "--at-once" -> atOnce = numbers(value).stream().filter(n -> n > 0).toList();
        case "--memory" -> memory = numbers(value).stream().sorted().toList();
        case "--starts" -> starts = number(value, 1);
        case "--idle" -> idleSeconds = number(value, 1);
        case "--only" ->
            parts = EnumSet.copyOf(Stream.of(value.split(",", -1)).map(Part::of).toList());
        case "--json" -> json = Path.of(value).toAbsolutePath();
        default -> throw new IllegalArgumentException(name + ": no such option");
      }
    }

    private static List<Integer> numbers(String text) {
      return Stream.of(text.split(",", -1)).map(n -> number(n, 0)).toList();
    }

    private static int number(String text, int least) {
      int number = Integer.parseInt(text);
      if (number < least) {
        throw new IllegalArgumentException(text + ": must be at least " + least);
      }
      return number;
    }
  }
}
