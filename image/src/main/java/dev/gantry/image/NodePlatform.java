package dev.gantry.image;

import dev.gantry.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The platform of this machine with the level of its processor, so that of an index with images for
 * {@code amd64/v2} or {@code v3} the best one that runs is chosen.
 *
 * @see <a href="https://gitlab.com/x86-psABIs/x86-64-ABI">x86-64 psABI, micro-architecture
 *     levels</a>
 */
public final class NodePlatform {
  private static final Logger LOG = LoggerFactory.getLogger(NodePlatform.class);
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** What each level asks for beyond the one before, in the kernel's names. */
  private static final List<Set<String>> LEVELS =
      List.of(
          Set.of("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"),
          Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"),
          Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));

  private static final Pattern FLAGS = Pattern.compile("(?m)^flags\\s*:(.*)$");
  private static final Pattern ARM = Pattern.compile("(?m)^CPU architecture\\s*:\\s*([5-8])");

  private NodePlatform() {}

  /** Reads it from the kernel; without a level when that cannot be read. */
  public static Platform detect() {
    try {
      return of(Platform.host(), Files.readString(CPUINFO));
    } catch (IOException e) {
      LOG.warn("level of the processor unknown: {}", e.getMessage());
      return Platform.host();
    }
  }

  static Platform of(Platform host, String cpuinfo) {
    return switch (host.arch()) {
      case "amd64" -> {
        int level = level(cpuinfo);
        yield level == 1 ? host : new Platform(host.os(), host.arch(), "v" + level);
      }
      case "arm" -> {
        Matcher version = ARM.matcher(cpuinfo);
        yield version.find() ? new Platform(host.os(), host.arch(), "v" + version.group(1)) : host;
      }
      default -> host;
    };
  }

  private static int level(String cpuinfo) {
    Matcher line = FLAGS.matcher(cpuinfo);
    Set<String> flags =
        line.find() ? new HashSet<>(Arrays.asList(line.group(1).trim().split(" +"))) : Set.of();
    int level = 1;
    for (Set<String> more : LEVELS) {
      if (!flags.containsAll(more)) {
        break;
      }
      level++;
    }
    return level;
  }
}
