package dev.gantry.agent.podspec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A resolv.conf.
 *
 * @param nameservers addresses, in order
 * @param searches domains, in order
 * @param options as {@code ndots:5}
 */
public record ResolvConf(List<String> nameservers, List<String> searches, List<String> options) {
  public ResolvConf {
    nameservers = List.copyOf(nameservers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }

  /** The most bytes that are read of one. */
  private static final int MAX_BYTES = 10 << 20;

  /** Reads a resolv.conf as the kubelet does: the last search line counts, options are merged. */
  public static ResolvConf read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("read " + file + ": more than " + MAX_BYTES + " bytes");
    }
    return parse(Files.readString(file));
  }

  static ResolvConf parse(String text) {
    List<String> nameservers = new ArrayList<>();
    List<String> searches = new ArrayList<>();
    Map<String, String> options = new LinkedHashMap<>();
    for (String line : text.lines().map(String::strip).toList()) {
      List<String> words = List.of(line.split("\\s+"));
      List<String> rest = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "nameserver" -> nameservers.addAll(rest.subList(0, Math.min(1, rest.size())));
        case "search" -> {
          searches.clear();
          rest.stream()
              .filter(domain -> !domain.equals("."))
              .map(domain ->
                  domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain)
              .forEach(searches::add);
        }
        case "options" -> rest.forEach(option -> options.put(optionName(option), option));
        default -> {
          // A comment, or what pods do not get.
        }
      }
    }
    return new ResolvConf(nameservers, searches, List.copyOf(options.values()));
  }

  static String optionName(String option) {
    int colon = option.indexOf(':');
    return colon < 0 ? option : option.substring(0, colon);
  }
}
