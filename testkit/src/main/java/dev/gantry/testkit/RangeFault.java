package dev.gantry.testkit;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the answer to a request for a range is made wrong.
 *
 * @param lie null when nothing is
 * @param asked the Range header that the registry gets, empty for none
 * @param wanted the first byte that the client asked for
 */
record RangeFault(Fault.@Nullable RangeLie lie, String asked, long wanted) {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
  private static final Pattern CONTENT = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

  /** Other bytes are those that begin so many earlier. */
  private static final long SHIFT = 777;

  static RangeFault of(Fault fault, String range) {
    Matcher wanted = RANGE.matcher(range);
    if (!(fault instanceof Fault.Range(Fault.RangeLie lie)) || !wanted.matches()) {
      return new RangeFault(null, range, 0);
    }
    long from = Long.parseLong(wanted.group(1));
    return switch (lie) {
      case IGNORED -> new RangeFault(lie, "", from);
      case OTHER, LYING ->
          new RangeFault(lie, "bytes=" + Math.max(0, from - SHIFT) + "-" + shifted(wanted), from);
      case UNSAID, GARBLED, REFUSED -> new RangeFault(lie, range, from);
    };
  }

  private static String shifted(Matcher wanted) {
    return wanted.group(2).isEmpty()
        ? ""
        : String.valueOf(Math.max(0, Long.parseLong(wanted.group(2)) - SHIFT));
  }

  /** Changes the headers of an answer of status 206. */
  void spoil(Map<String, String> headers) {
    if (lie == Fault.RangeLie.UNSAID) {
      headers.remove("Content-Range");
    } else if (lie == Fault.RangeLie.GARBLED) {
      headers.put("Content-Range", "bytes some-more/than enough");
    } else if (lie == Fault.RangeLie.LYING) {
      Matcher said = CONTENT.matcher(headers.getOrDefault("Content-Range", ""));
      if (said.matches()) {
        long moved = wanted - Long.parseLong(said.group(1));
        long to = Long.parseLong(said.group(2)) + moved;
        headers.put("Content-Range", "bytes " + wanted + "-" + to + "/" + said.group(3));
      }
    }
  }
}
