package dev.gantry.oci;

/** The rules of an image reference's parts, each check saying what breaks it. */
final class ReferenceGrammar {
  private static final int MAX_TAG = 128;

  private ReferenceGrammar() {}

  /** A first part is a host when it could not be the first part of a Docker Hub repository. */
  static boolean looksLikeHost(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
  }

  static boolean isImageId(String name) {
    return name.length() == 64 && name.chars().allMatch(c -> Text.isLowerHex((char) c));
  }

  static void checkHost(String reference, String host) {
    String name = host;
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      if (end < 0) {
        throw new InvalidReferenceException(reference, "'[' of the host is not closed");
      }
      checkIpv6(reference, host.substring(1, end));
      checkPort(reference, host, host.substring(end + 1));
      return;
    }
    int colon = host.indexOf(':');
    if (colon >= 0) {
      name = host.substring(0, colon);
      checkPort(reference, host, host.substring(colon));
    }
    for (String label : name.split("\\.", -1)) {
      checkLabel(reference, host, label);
    }
  }

  private static void checkIpv6(String reference, String address) {
    boolean colon = false;
    for (int i = 0; i < address.length(); i++) {
      char c = address.charAt(i);
      colon |= c == ':';
      if (c != ':' && !Text.isLowerHex(Character.toLowerCase(c))) {
        throw new InvalidReferenceException(
            reference, "'" + Text.show(c) + "' in the host's IPv6 address");
      }
    }
    if (!colon) {
      throw new InvalidReferenceException(reference, "the host in brackets is no IPv6 address");
    }
  }

  private static void checkPort(String reference, String host, String port) {
    if (port.isEmpty()) {
      return;
    }
    if (port.charAt(0) != ':'
        || port.length() < 2
        || port.length() > 6
        || !port.substring(1).chars().allMatch(c -> Text.isDigit((char) c))
        || Integer.parseInt(port.substring(1)) > 65535) {
      throw new InvalidReferenceException(
          reference, "the host \"" + Text.shorten(host) + "\" has no valid port");
    }
  }

  private static void checkLabel(String reference, String host, String label) {
    boolean valid =
        !label.isEmpty()
            && label.charAt(0) != '-'
            && label.charAt(label.length() - 1) != '-'
            && label
                .chars()
                .allMatch(c -> Text.isLetter((char) c) || Text.isDigit((char) c) || c == '-');
    if (!valid) {
      throw new InvalidReferenceException(
          reference, "\"" + Text.shorten(host) + "\" is not a valid registry host");
    }
  }

  static void checkRepository(String reference, String repository) {
    if (repository.isEmpty()) {
      throw new InvalidReferenceException(reference, "there is no repository name");
    }
    for (String part : repository.split("/", -1)) {
      if (part.isEmpty()) {
        throw new InvalidReferenceException(reference, "the repository has an empty part");
      }
      checkPart(reference, part);
    }
  }

  private static void checkPart(String reference, String part) {
    int i = 0;
    while (i < part.length()) {
      char c = part.charAt(i);
      if (Text.isLower(c) || Text.isDigit(c)) {
        i++;
        continue;
      }
      if (c >= 'A' && c <= 'Z') {
        throw new InvalidReferenceException(reference, "repository names must be lower case");
      }
      int end = separatorEnd(part, i);
      if (end == i) {
        throw new InvalidReferenceException(
            reference, "'" + Text.show(c) + "' may not be in a repository name");
      }
      if (i == 0 || end == part.length() || separatorEnd(part, end) != end) {
        throw new InvalidReferenceException(
            reference,
            "\""
                + Text.shorten(part)
                + "\": '.', '_', '__' and dashes may only stand between letters or digits");
      }
      i = end;
    }
  }

  /** Returns the index behind the separator at {@code start}, or {@code start} for none. */
  private static int separatorEnd(String part, int start) {
    if (start >= part.length()) {
      return start;
    }
    int end = start;
    switch (part.charAt(start)) {
      case '.' -> end++;
      case '_' -> end += part.startsWith("__", start) ? 2 : 1;
      case '-' -> {
        while (end < part.length() && part.charAt(end) == '-') {
          end++;
        }
      }
      default -> {}
    }
    return end;
  }

  static void checkTag(String reference, String tag) {
    if (tag.isEmpty()) {
      throw new InvalidReferenceException(reference, "the tag is empty");
    }
    if (tag.length() > MAX_TAG) {
      throw new InvalidReferenceException(
          reference, "the tag has " + tag.length() + " characters, at most " + MAX_TAG + " go");
    }
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      boolean word = Text.isLetter(c) || Text.isDigit(c) || c == '_';
      if (!word && (i == 0 || (c != '.' && c != '-'))) {
        throw new InvalidReferenceException(
            reference,
            "'" + Text.show(c) + (i == 0 ? "' may not begin a tag" : "' may not be in a tag"));
      }
    }
  }
}
