package dev.gantry.linux.cgroup;

/**
 * Pressure stall information: how long tasks of a control group waited for a resource.
 *
 * @param some at least one task waited
 * @param full all tasks that had work waited at the same time
 * @see <a href="https://docs.kernel.org/accounting/psi.html">PSI</a>
 */
public record Pressure(Share some, Share full) {
  /** No waiting at all. */
  static final Share NONE = new Share(0, 0, 0, 0);

  /**
   * One line of a pressure file.
   *
   * @param avg10 percent of the last 10 seconds
   * @param avg60 percent of the last 60 seconds
   * @param avg300 percent of the last 300 seconds
   * @param totalMicros since the control group was made
   */
  public record Share(double avg10, double avg60, double avg300, long totalMicros) {}

  /** Reads what a pressure file says; a line that is missing counts as no waiting. */
  static Pressure parse(String text) {
    Share some = NONE;
    Share full = NONE;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("some ")) {
        some = share(line);
      } else if (line.startsWith("full ")) {
        full = share(line);
      }
    }
    return new Pressure(some, full);
  }

  private static Share share(String line) {
    return new Share(
        Double.parseDouble(value(line, "avg10=")),
        Double.parseDouble(value(line, "avg60=")),
        Double.parseDouble(value(line, "avg300=")),
        Long.parseLong(value(line, "total=")));
  }

  private static String value(String line, String key) {
    int start = line.indexOf(key);
    if (start < 0) {
      return "0";
    }
    int end = line.indexOf(' ', start);
    return line.substring(start + key.length(), end < 0 ? line.length() : end);
  }
}
