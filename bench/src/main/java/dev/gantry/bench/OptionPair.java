package dev.gantry.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An option of a command line on which every option has a value. */
record OptionPair(String name, String value) {
  /**
   * The options in their order.
   *
   * @throws IllegalArgumentException naming the one without a value
   */
  static List<OptionPair> of(List<String> args) {
    var pairs = new ArrayList<OptionPair>();
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(args.get(i) + ": not an option, or without its value");
      }
      pairs.add(new OptionPair(args.get(i), args.get(i + 1)));
    }
    return pairs;
  }

  /** The value as a number, or {@code least} when it is less. */
  int number(int least) {
    return Math.max(least, Integer.parseInt(value));
  }

  Path path() {
    return Path.of(value).toAbsolutePath();
  }

  /** What to throw when nobody takes it. */
  IllegalArgumentException unknown() {
    return new IllegalArgumentException(name + ": no such option");
  }
}
