package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.linux.FileName;
import java.util.ArrayList;

/** Cleans names from archives: relative, no empty or dot components, never above the root. */
final class EntryPath {
  private EntryPath() {}

  /**
   * The clean path below the root, empty for the root itself. A leading slash is dropped, as tar
   * does.
   *
   * @throws LayerException for a path that leaves the root, is too long or too deep, or has a NUL
   */
  static String clean(String name, UnpackLimits limits) throws LayerException {
    if (name.isEmpty()) {
      throw new LayerException(name, "empty name", null);
    }
    if (name.indexOf('\0') >= 0) {
      throw new LayerException(name, "NUL in the name", null);
    }
    if (isLong(name, UnpackLimits.PATH_BYTES)) {
      throw new LayerException(
          name, "path longer than " + UnpackLimits.PATH_BYTES + " bytes", null);
    }
    var parts = new ArrayList<String>();
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        if (parts.isEmpty()) {
          throw new LayerException(name, "points outside the layer's root", null);
        }
        parts.removeLast();
        continue;
      }
      if (isLong(part, UnpackLimits.NAME_BYTES)) {
        throw new LayerException(
            name, "name longer than " + UnpackLimits.NAME_BYTES + " bytes", null);
      }
      parts.add(part);
    }
    if (parts.size() > limits.depth()) {
      throw new LayerException(name, "path deeper than " + limits.depth(), null);
    }
    return String.join("/", parts);
  }

  private static boolean isLong(String text, int most) {
    return text.length() * 3L > most
        && (text.length() > most || FileName.toBytes(text).length > most);
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static String child(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }
}
