package dev.gantry.agent.api;

/** What an image's name says about how to pull it. */
final class ImageNames {
  private ImageNames() {}

  /** Whether the name means the tag {@code latest}, said or unsaid, which may change any time. */
  static boolean isLatest(String image) {
    int digest = image.indexOf('@');
    String name = digest < 0 ? image : image.substring(0, digest);
    int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
    return colon < 0 ? digest < 0 : name.substring(colon + 1).equals("latest");
  }
}
