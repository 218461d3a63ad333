package dev.gantry.oci.runtime;

import dev.gantry.oci.runtime.SeccompProfile.Condition;
import dev.gantry.oci.runtime.SeccompProfile.ProfileRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the text form of the default rules; its file explains it. */
final class SeccompTable {
  private final List<ProfileRule> rules = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private String head = "";

  private SeccompTable() {}

  static List<ProfileRule> parse(String text) {
    SeccompTable table = new SeccompTable();
    text.lines().forEach(table::line);
    table.finishRule();
    return List.copyOf(table.rules);
  }

  private void line(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return;
    }
    if (line.startsWith(" ")) {
      names.addAll(List.of(line.strip().split(" ", -1)));
    } else {
      finishRule();
      head = line;
    }
  }

  private void finishRule() {
    if (names.isEmpty()) {
      return;
    }
    Head parsed = new Head(head);
    rules.add(
        new ProfileRule(
            names,
            null,
            parsed.errno == null ? Seccomp.ALLOW : Seccomp.ERRNO,
            parsed.errno,
            parsed.args,
            new Condition(parsed.caps, parsed.arches, parsed.kernel),
            new Condition(parsed.notCaps, parsed.notArches, null)));
    names.clear();
  }

  /** The first line of a rule. */
  private static final class Head {
    final List<Arg> args = new ArrayList<>();
    List<String> caps = List.of();
    List<String> arches = List.of();
    List<String> notCaps = List.of();
    List<String> notArches = List.of();
    @Nullable String kernel;
    @Nullable Integer errno;

    Head(String line) {
      String[] words = line.split(" ", -1);
      for (int i = 0; i < words.length; i++) {
        String word = words[i];
        if (word.startsWith("arg")) {
          i++;
          args.add(arg(Integer.parseInt(word.substring(3)), words[i]));
        } else if (!word.equals("allow")) {
          condition(word);
        }
      }
    }

    private void condition(String word) {
      int equals = word.indexOf('=');
      String value = word.substring(equals + 1);
      List<String> values = List.of(value.split(",", -1));
      switch (word.substring(0, equals)) {
        case "errno" -> errno = Integer.valueOf(value);
        case "kernel>" -> kernel = value;
        case "arch" -> arches = values;
        case "cap" -> caps = values;
        case "not-arch" -> notArches = values;
        case "not-cap" -> notCaps = values;
        default -> throw new IllegalStateException("seccomp table: unknown condition " + word);
      }
    }

    private static Arg arg(int index, String test) {
      if (test.startsWith("==")) {
        return new Arg(index, Long.decode(test.substring(2)), 0, "SCMP_CMP_EQ");
      }
      int equals = test.indexOf("==");
      return switch (test.charAt(0)) {
        case '<' -> new Arg(index, Long.decode(test.substring(1)), 0, "SCMP_CMP_LT");
        case '>' -> new Arg(index, Long.decode(test.substring(1)), 0, "SCMP_CMP_GT");
        case '&' ->
            new Arg(
                index,
                Long.decode(test.substring(1, equals)),
                Long.decode(test.substring(equals + 2)),
                "SCMP_CMP_MASKED_EQ");
        default -> throw new IllegalStateException("seccomp table: unknown test " + test);
      };
    }
  }
}
