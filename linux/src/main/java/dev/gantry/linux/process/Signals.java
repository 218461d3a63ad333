package dev.gantry.linux.process;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Names and numbers of Linux signals, as x86-64, arm64 and every other architecture with the
 * generic numbers has them; see signal(7).
 */
public final class Signals {
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGQUIT = 3;
  public static final int SIGKILL = 9;
  public static final int SIGUSR1 = 10;
  public static final int SIGTERM = 15;
  public static final int SIGCHLD = 17;
  public static final int SIGCONT = 18;
  public static final int SIGSTOP = 19;
  public static final int SIGWINCH = 28;

  /** The first real-time signal that glibc leaves to programs. */
  public static final int SIGRTMIN = 34;

  /** The last signal. */
  public static final int SIGRTMAX = 64;

  private static final String[] NAMES = {
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
  };

  private static final Map<String, Integer> NUMBERS = numbers();

  private Signals() {}

  /**
   * The number of a signal given as {@code SIGTERM}, {@code TERM}, {@code 15}, {@code RTMIN+3} or
   * {@code SIGRTMAX-2}, in any case.
   *
   * @throws IllegalArgumentException naming the text, when there is no such signal
   */
  public static int number(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
    Integer known = NUMBERS.get(name);
    if (known != null) {
      return known;
    }
    int number = -1;
    if (name.startsWith("RTMIN+")) {
      number = offset(name.substring(6), SIGRTMIN, 1);
    } else if (name.startsWith("RTMAX-")) {
      number = offset(name.substring(6), SIGRTMAX, -1);
    } else if (name.equals(upper)) {
      number = offset(name, 0, 1);
    }
    boolean realTime = name.startsWith("RT");
    if (number < (realTime ? SIGRTMIN : 1) || number > SIGRTMAX) {
      throw new IllegalArgumentException("unknown signal \"" + text + "\"");
    }
    return number;
  }

  /** The usual name of a signal, such as {@code SIGTERM} or {@code SIGRTMIN+3}. */
  public static String name(int number) {
    if (number > 0 && number < NAMES.length) {
      return "SIG" + NAMES[number];
    }
    if (number == SIGRTMIN) {
      return "SIGRTMIN";
    }
    if (number > SIGRTMIN && number <= SIGRTMAX) {
      return "SIGRTMIN+" + (number - SIGRTMIN);
    }
    return "signal " + number;
  }

  private static int offset(String digits, int base, int sign) {
    if (digits.isEmpty() || digits.length() > 3) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return base + sign * value;
  }

  private static Map<String, Integer> numbers() {
    Map<String, Integer> map = new HashMap<>();
    for (int i = 1; i < NAMES.length; i++) {
      map.put(NAMES[i], i);
    }
    map.put("IOT", 6);
    map.put("CLD", SIGCHLD);
    map.put("POLL", 29);
    map.put("UNUSED", 31);
    map.put("RTMIN", SIGRTMIN);
    map.put("RTMAX", SIGRTMAX);
    return Map.copyOf(map);
  }
}
