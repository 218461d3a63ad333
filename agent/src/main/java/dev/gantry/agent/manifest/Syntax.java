package dev.gantry.agent.manifest;

import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The forms of names, each with what the API server says about a wrong one; null is right. */
final class Syntax {
  private static final int MAX_LABEL = 63;
  private static final int MAX_SUBDOMAIN = 253;
  private static final int MAX_PORT_NAME = 15;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern SUBDOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final Pattern PORT_NAME = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])*");
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]+");
  private static final Pattern HEADER = Pattern.compile("[-A-Za-z0-9]+");
  private static final Pattern SYSCTL =
      Pattern.compile("([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?");

  private Syntax() {}

  static @Nullable String label(String text) {
    if (text.length() > MAX_LABEL) {
      return "must be no more than 63 characters";
    }
    return LABEL.matcher(text).matches()
        ? null
        : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
            + " must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc')";
  }

  static @Nullable String subdomain(String text) {
    if (text.length() > MAX_SUBDOMAIN) {
      return "must be no more than 253 characters";
    }
    return SUBDOMAIN.matcher(text).matches()
        ? null
        : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
            + " '.', and must start and end with an alphanumeric character (e.g. 'example.com')";
  }

  /** The key of a label: a name, or a prefix, a slash and a name. */
  static @Nullable String qualifiedName(String text) {
    int slash = text.indexOf('/');
    String name = text.substring(slash + 1);
    if (slash >= 0 && (slash == 0 || subdomain(text.substring(0, slash)) != null)) {
      return "prefix part must be a lowercase RFC 1123 subdomain (e.g. 'example.com')";
    }
    if (name.isEmpty() || name.length() > MAX_LABEL || !NAME.matcher(name).matches()) {
      return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and"
          + " end with an alphanumeric character, at most 63 in all (e.g. 'MyName' or 'my.name')";
    }
    return null;
  }

  static @Nullable String labelValue(String text) {
    return text.isEmpty() || (text.length() <= MAX_LABEL && NAME.matcher(text).matches())
        ? null
        : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or"
            + " '.', and must start and end with an alphanumeric character, at most 63 in all";
  }

  static @Nullable String portName(String text) {
    if (text.length() > MAX_PORT_NAME) {
      return "must be no more than 15 characters";
    }
    boolean right =
        PORT_NAME.matcher(text).matches()
            && !text.contains("--")
            && text.chars().anyMatch(c -> c >= 'a' && c <= 'z');
    return right
        ? null
        : "must contain only lower case alphanumeric characters and single hyphens, and at least one"
            + " letter";
  }

  static @Nullable String port(long number) {
    return number >= 1 && number <= 65535 ? null : "must be between 1 and 65535, inclusive";
  }

  /** A user or group. */
  static @Nullable String id(long number) {
    return number >= 0 && number <= Integer.MAX_VALUE
        ? null
        : "must be between 0 and 2147483647, inclusive";
  }

  static @Nullable String envName(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '=')
        ? null
        : "a valid environment variable name must consist only of printable ASCII characters other"
            + " than '='";
  }

  /** The key of a ConfigMap or Secret, which becomes the name of a file. */
  static @Nullable String key(String text) {
    if (!KEY.matcher(text).matches() || text.length() > MAX_SUBDOMAIN) {
      return "a valid config key must consist of alphanumeric characters, '-', '_' or '.', at most"
          + " 253 (e.g. 'key.name')";
    }
    return text.equals(".") || text.startsWith("..") ? "must not be '.' or start with '..'" : null;
  }

  static @Nullable String header(String text) {
    return HEADER.matcher(text).matches()
        ? null
        : "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name')";
  }

  static @Nullable String sysctl(String text) {
    return text.length() <= MAX_SUBDOMAIN && SYSCTL.matcher(text).matches()
        ? null
        : "must have at most 253 characters and words of a-z, 0-9, - and _ with dots between them";
  }

  /** A path that stays where it is relative to. */
  static @Nullable String descending(String path) {
    return path.startsWith("/") ? "must be a relative path" : noBacksteps(path);
  }

  static @Nullable String noBacksteps(String path) {
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        return "must not contain '..'";
      }
    }
    return null;
  }

  /** A path in a volume that the atomic writer fills. */
  static @Nullable String projectedPath(String path) {
    String problem = descending(path);
    return problem == null && path.startsWith("..") ? "must not start with '..'" : problem;
  }

  static @Nullable String ip(String text) {
    boolean v4 = text.matches("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
    boolean v6 = !v4 && text.contains(":") && text.matches("[0-9a-fA-F:.]+") && isLiteral(text);
    return v4 || v6 ? null : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  }

  private static boolean isLiteral(String text) {
    try {
      return java.net.InetAddress.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static String invalid(Object value, String why) {
    return "Invalid value: " + (value instanceof String ? "\"" + value + "\"" : value) + ": " + why;
  }

  static String unsupported(String value, Collection<String> supported) {
    return "Unsupported value: \""
        + value
        + "\": supported values: "
        + supported.stream()
            .sorted()
            .map(one -> "\"" + one + "\"")
            .collect(Collectors.joining(", "));
  }

  /** Reports a value that its check has something against. */
  static void check(Report report, String field, Object value, @Nullable String problem) {
    if (problem != null) {
      report.add(field, invalid(value, problem));
    }
  }
}
