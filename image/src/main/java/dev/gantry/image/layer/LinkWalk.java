package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resolves a path as chroot would, symbolic links included, in a tree that is not the root of
 * anything: no link leads outside.
 */
final class LinkWalk {
  private static final int MOST_LINKS = 40;

  private LinkWalk() {}

  /**
   * What a name on the way is.
   *
   * @param link target of a symbolic link, null for anything else
   * @param passable whether the way goes on
   */
  record Step(@Nullable String link, boolean passable) {
    static final Step ON = new Step(null, true);
    static final Step END = new Step(null, false);

    static Step link(String target) {
      return new Step(target, true);
    }
  }

  /** The tree. */
  interface Tree {
    /**
     * @param directory clean path of the directory, which has been stepped into
     * @param asked the path that is being resolved
     */
    Step step(String directory, String name, String asked) throws IOException;
  }

  /**
   * The path without links; empty when the way ends before it does.
   *
   * @param where added to the error about a circle of links
   */
  static Optional<String> resolve(String path, String where, Tree tree) throws IOException {
    Deque<String> todo = new ArrayDeque<>(parts(path));
    List<String> done = new ArrayList<>();
    int links = 0;
    while (!todo.isEmpty()) {
      String part = todo.pop();
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        continue;
      }
      Step step = tree.step(String.join("/", done), part, path);
      String target = step.link();
      if (target == null) {
        if (!step.passable()) {
          return Optional.empty();
        }
        done.add(part);
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new LayerException(path, "too many symbolic links " + where, null);
      }
      if (target.startsWith("/")) {
        done.clear();
      }
      parts(target).reversed().forEach(todo::push);
    }
    return Optional.of(String.join("/", done));
  }

  private static List<String> parts(String path) {
    return List.of(path.split("/", -1));
  }
}
