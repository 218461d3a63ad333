package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.testkit.TarEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Generates archives that are valid whatever they do: replace what they have, reach it through
 * links, leave out directories. Knows which names stand for whiteouts at the end, which GNU tar
 * does not.
 */
final class ArchiveModel {
  private enum Kind {
    FILE,
    DIRECTORY,
    LINK_TO_DIRECTORY,
    OTHER,
    WHITEOUT
  }

  private static final String[] NAMES = {
    "a", "b", "c", "usr", "lib", "größe", "with space", "n".repeat(120), "-dash", "new\nline"
  };

  private final Random random;
  private final List<TarEntry> entries = new ArrayList<>();
  private final NavigableMap<String, Kind> tree = new TreeMap<>();
  private final Set<String> opaque = new TreeSet<>();
  private final Set<String> implied = new TreeSet<>();
  private final NavigableMap<String, Instant> times = new TreeMap<>();
  private final boolean whiteouts;
  private Instant time = Instant.EPOCH;

  ArchiveModel(long seed, int count, boolean whiteouts) {
    this.random = new Random(seed);
    this.whiteouts = whiteouts;
    if (random.nextBoolean()) {
      entries.add(decorated(TarEntry.dir("./", 0750), false));
    }
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  List<TarEntry> entries() {
    return entries;
  }

  /** Directories through which nothing below shows, at the end. */
  Set<String> opaque() {
    return opaque;
  }

  /** Names that hide what is below, at the end. */
  List<String> whiteouts() {
    return tree.entrySet().stream()
        .filter(e -> e.getValue() == Kind.WHITEOUT)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Times of the directories that entries state. */
  Map<String, Instant> times() {
    return times;
  }

  /** Directories that no entry states. */
  Set<String> implied() {
    return implied;
  }

  private void step() {
    String parent = parent();
    String name = NAMES[random.nextInt(NAMES.length)];
    String path = EntryPath.child(parent, name);
    String written = through(parent, name);
    boolean full = opaque.contains(path) || !tree.subMap(path + "/", path + "0").isEmpty();
    // Tar replaces no directory that has something in it.
    switch (full ? 0 : random.nextInt(whiteouts ? 12 : 10)) {
      case 0, 1, 2 -> directory(path, written);
      case 3, 4, 5 -> {
        put(path, Kind.FILE);
        entries.add(decorated(TarEntry.file(written, mode(), data()), true));
      }
      case 6 -> {
        put(path, Kind.OTHER);
        entries.add(
            decorated(
                random.nextBoolean()
                    ? TarEntry.fifo(written, mode())
                    : TarEntry.charDevice(written, mode(), random.nextInt(1, 400), 300),
                false));
      }
      case 7 -> symlink(path, written, parent);
      case 8, 9 -> hardLink(path, written);
      case 10 -> whiteout(path, parent);
      default -> {
        make(parent);
        if (!parent.isEmpty()) {
          opaque.add(parent);
          entries.add(TarEntry.opaque(parent));
        }
      }
    }
  }

  /** A directory that exists, or one that is only implied by what follows. */
  private String parent() {
    List<String> all = new ArrayList<>(List.of(""));
    tree.forEach((path, kind) -> {
      if (kind == Kind.DIRECTORY && path.split("/", -1).length < 5) {
        all.add(path);
      }
    });
    String parent = all.get(random.nextInt(all.size()));
    if (random.nextInt(8) == 0) {
      String deeper = EntryPath.child(parent, "implied" + random.nextInt(3));
      if (!tree.containsKey(deeper) || tree.get(deeper) == Kind.DIRECTORY) {
        return deeper;
      }
    }
    return parent;
  }

  /** The path as an archive may write it: perhaps by a link that leads to the directory. */
  private String through(String parent, String name) {
    String prefix = random.nextInt(6) == 0 ? "./" : "";
    for (var e : tree.entrySet()) {
      boolean leadsThere =
          e.getValue() == Kind.LINK_TO_DIRECTORY
              && !parent.isEmpty()
              && !parent.contains("/")
              && EntryPath.name(e.getKey()).equals("to-" + parent);
      if (leadsThere && random.nextInt(3) == 0 && tree.get(parent) == Kind.DIRECTORY) {
        return e.getKey() + "/" + name;
      }
    }
    return prefix + EntryPath.child(parent, name);
  }

  private void directory(String path, String written) {
    make(EntryPath.parent(path));
    Kind before = tree.get(path);
    if (before != null && before != Kind.DIRECTORY) {
      opaque.add(path);
    }
    tree.put(path, Kind.DIRECTORY);
    implied.remove(path);
    // Without set-gid: with it, what tar gives implied directories depends on the order.
    TarEntry entry = decorated(TarEntry.dir(written, (mode() & ~02000) | 0700), false);
    times.put(path, time);
    // The same ones each time: tar takes those of the last entry, others add them up.
    entries.add(path.length() % 3 == 0 ? entry.xattr("user.dir", path.getBytes(UTF_8)) : entry);
  }

  private void symlink(String path, String written, String parent) {
    List<String> tops =
        tree.entrySet().stream()
            .filter(e -> e.getValue() == Kind.DIRECTORY && !e.getKey().contains("/"))
            .map(Map.Entry::getKey)
            .toList();
    if (parent.isEmpty() && !tops.isEmpty() && random.nextBoolean()) {
      String target = tops.get(random.nextInt(tops.size()));
      String link = "to-" + target;
      if (tree.get(link) == null) {
        tree.put(link, Kind.LINK_TO_DIRECTORY);
        entries.add(TarEntry.symlink(link, target));
      }
      return;
    }
    put(path, Kind.OTHER);
    entries.add(decorated(TarEntry.symlink(written, "nowhere/" + random.nextInt()), false));
  }

  private void hardLink(String path, String written) {
    List<Map.Entry<String, Kind>> files =
        tree.entrySet().stream()
            .filter(e -> e.getValue() == Kind.FILE || e.getValue() == Kind.OTHER)
            .filter(e -> !e.getKey().equals(path) && !e.getKey().startsWith(path + "/"))
            .map(Map.Entry::copyOf)
            .toList();
    if (!files.isEmpty()) {
      Map.Entry<String, Kind> target = files.get(random.nextInt(files.size()));
      put(path, target.getValue());
      entries.add(TarEntry.hardLink(written, target.getKey()));
    }
  }

  private void whiteout(String path, String parent) {
    make(parent);
    entries.add(TarEntry.whiteout(path));
    if (tree.get(path) == null) {
      tree.put(path, Kind.WHITEOUT);
    } else if (tree.get(path) == Kind.DIRECTORY) {
      opaque.add(path);
    }
  }

  /** Puts something that is no directory in the place of whatever is there. */
  private void put(String path, Kind kind) {
    make(EntryPath.parent(path));
    for (Set<String> paths :
        List.of(tree.navigableKeySet(), opaque, implied, times.navigableKeySet())) {
      paths.removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
    }
    // A link that leads into what is gone would lead elsewhere from now on.
    if (!path.contains("/") && tree.get("to-" + path) == Kind.LINK_TO_DIRECTORY) {
      tree.put("to-" + path, Kind.OTHER);
    }
    tree.put(path, kind);
  }

  private void make(String directory) {
    if (!directory.isEmpty() && tree.get(directory) != Kind.DIRECTORY) {
      make(EntryPath.parent(directory));
      if (tree.get(directory) == Kind.WHITEOUT) {
        opaque.add(directory);
      }
      tree.put(directory, Kind.DIRECTORY);
      implied.add(directory);
    }
  }

  private int mode() {
    return random.nextInt(010000);
  }

  private byte[] data() {
    byte[] data = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(5000)];
    random.nextBytes(data);
    return data;
  }

  private TarEntry decorated(TarEntry plain, boolean xattrs) {
    time = Instant.ofEpochSecond(random.nextInt(2_000_000_000), random.nextInt(3) * 123_456_789L);
    TarEntry entry =
        plain
            .owner(
                random.nextInt(5) == 0 ? 3_000_000_000L : random.nextInt(3), random.nextInt(70_000))
            .mtime(time);
    if (xattrs && random.nextInt(3) == 0) {
      byte[] value = new byte[random.nextInt(1, 40)];
      random.nextBytes(value);
      entry = entry.xattr("user.x" + random.nextInt(3), value);
    }
    if (xattrs && random.nextInt(5) == 0) {
      entry = entry.xattr("security.capability", capability());
    }
    return entry;
  }

  /** VFS_CAP_REVISION_2 with any capabilities; the kernel takes no other bytes. */
  private byte[] capability() {
    byte[] value = new byte[20];
    random.nextBytes(value);
    System.arraycopy(new byte[] {1, 0, 0, 2}, 0, value, 0, 4);
    for (int i : new int[] {14, 15, 18, 19, 13, 17}) {
      value[i] = 0;
    }
    return value;
  }
}
