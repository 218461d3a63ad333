package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.erofs.ErofsInode;
import dev.gantry.image.erofs.ErofsLimitException;
import dev.gantry.image.erofs.ErofsSuperblock;
import dev.gantry.image.erofs.ErofsXattrs;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.FileName;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An EROFS image that has the files of a tar archive, whose data stay where they are in it: each
 * file's begin at one of tar's blocks of 512 bytes. Nothing but this index is made, however many
 * files there are. The same archive always makes the same index. Access times are not kept.
 *
 * <p>What the index cannot say, or only at a size that nobody expects, is an {@link
 * ErofsLimitException}: sparse files, a hundred thousand names.
 */
final class ArchiveIndex implements LayerTarget<IndexedDirectory> {
  /**
   * Bytes of the heap: some 120,000 names of common length. Several layers are built at a time, and
   * the daemon is small.
   */
  private static final int MOST_HEAP = 6 << 20;

  /** What a name takes beside its bytes. */
  private static final int NAME = 40;

  /** What a directory takes beside its path, and a character of that, which is there twice. */
  private static final int DIRECTORY = 200;

  private static final int PATH_CHARACTER = 4;

  /** What an extended attribute of a directory takes beside its name and its value. */
  private static final int XATTR = 100;

  private static final int BLOCK = ErofsSuperblock.BLOCK_BYTES;
  private static final ErofsInode WHITEOUT =
      new ErofsInode(FileStat.CHAR_DEVICE, 0, 0, Instant.EPOCH, new byte[0]);

  private final IndexBudget budget;
  private final InodeTable files;

  /** By their numbers; null where one was taken away. */
  private final List<@Nullable IndexedDirectory> directories = new ArrayList<>();

  private final NavigableSet<String> implied = new TreeSet<>();
  private final IndexedDirectory root = new IndexedDirectory(0, "", 0);
  private IndexedDirectory last = root;
  private String lastPath = "";
  private int heap;

  ArchiveIndex(IndexBudget budget) {
    this.budget = budget;
    this.files = new InodeTable(budget);
    directories.add(root);
  }

  @Override
  public IndexedDirectory root() {
    return root;
  }

  @Override
  public IndexedDirectory directory(String path) throws IOException {
    if (!path.equals(lastPath)) {
      last = resolve(path, true).orElseThrow();
      lastPath = path;
    }
    return last;
  }

  @Override
  public Optional<IndexedDirectory> find(String path) throws IOException {
    return resolve(path, false);
  }

  private Optional<IndexedDirectory> resolve(String path, boolean make) throws IOException {
    Optional<IndexedDirectory> plain = walk(path);
    if (plain.isPresent()) {
      return plain;
    }
    return LinkWalk.resolve(
            path,
            "on the way",
            (directory, name, asked) -> step(walk(directory).orElseThrow(), name, asked, make))
        .flatMap(this::walk);
  }

  /** The directory of a path on which there is nothing but directories. */
  private Optional<IndexedDirectory> walk(String path) {
    IndexedDirectory at = root;
    for (int start = 0; start < path.length(); ) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String name = path.substring(start, end);
      if (look(at, name) != Kind.DIRECTORY) {
        return Optional.empty();
      }
      at = child(at, name);
      start = end + 1;
    }
    return Optional.of(at);
  }

  private LinkWalk.Step step(IndexedDirectory parent, String name, String asked, boolean make)
      throws IOException {
    Kind kind = look(parent, name);
    if (kind == Kind.DIRECTORY) {
      return LinkWalk.Step.ON;
    }
    if (kind == Kind.OTHER && isSymlink(parent.get(name))) {
      return LinkWalk.Step.link(FileName.toString(files.target(parent.get(name))));
    }
    if (!make) {
      return LinkWalk.Step.END;
    }
    String path = EntryPath.child(parent.path(), name);
    if (FileName.toBytes(name).length > UnpackLimits.NAME_BYTES) {
      throw new LayerException(
          asked, "name longer than " + UnpackLimits.NAME_BYTES + " bytes on the way", null);
    }
    if (kind == Kind.OTHER) {
      throw new LayerException(asked, "'" + path + "' is not a directory", null);
    }
    if (kind == Kind.WHITEOUT) {
      remove(parent, name);
    }
    IndexedDirectory made = add(parent, name);
    if (kind == Kind.WHITEOUT) {
      made.setOpaque();
    }
    implied.add(path);
    return LinkWalk.Step.ON;
  }

  private boolean isSymlink(int file) {
    return (files.mode(file) & FileStat.TYPE_MASK) == FileStat.SYMLINK;
  }

  private IndexedDirectory child(IndexedDirectory parent, String name) {
    return directory(~parent.get(name));
  }

  private IndexedDirectory directory(int number) {
    IndexedDirectory directory = directories.get(number);
    if (directory == null) {
      throw new IllegalStateException("directory " + number + " was taken away");
    }
    return directory;
  }

  private IndexedDirectory add(IndexedDirectory parent, String name) throws ErofsLimitException {
    take(DIRECTORY + PATH_CHARACTER * (parent.path().length() + name.length()));
    int number = directories.size();
    var made = new IndexedDirectory(number, EntryPath.child(parent.path(), name), parent.number());
    name(parent, name, ~number);
    directories.add(made);
    return made;
  }

  private void name(IndexedDirectory parent, String name, int value) throws ErofsLimitException {
    take(NAME + FileName.toBytes(name).length);
    parent.put(name, value);
  }

  private void take(int bytes) throws ErofsLimitException {
    if (heap + bytes > MOST_HEAP) {
      throw new ErofsLimitException("names and attributes of more than " + MOST_HEAP + " bytes");
    }
    budget.take(bytes);
    heap += bytes;
  }

  @Override
  public Kind look(IndexedDirectory parent, String name) {
    if (!parent.has(name)) {
      return Kind.NOTHING;
    }
    int value = parent.get(name);
    return value < 0
        ? Kind.DIRECTORY
        : files.isDevice(value, FileStat.CHAR_DEVICE, 0) ? Kind.WHITEOUT : Kind.OTHER;
  }

  @Override
  public boolean file(IndexedDirectory parent, String name, TarEntry entry, TarReader data)
      throws IOException {
    if (entry.sparse() != null) {
      throw new ErofsLimitException("sparse file " + entry.name());
    }
    if (parent.has(name)) {
      return false;
    }
    long block = data.position() / BLOCK;
    if (block * BLOCK != data.position() || block + ErofsSuperblock.DEVICE_BLOCK > 1L << 31) {
      throw new ErofsLimitException("place of " + entry.name());
    }
    int first = entry.size() == 0 ? 0 : (int) (ErofsSuperblock.DEVICE_BLOCK + block);
    name(parent, name, files.add(inode(entry, FileStat.REGULAR), entry.size(), first));
    return true;
  }

  private static ErofsInode inode(TarEntry entry, int type) throws IOException {
    EntryWriter.verifyOwner(entry);
    // Linux gives every symbolic link this mode, whatever an archive says.
    int mode = type == FileStat.SYMLINK ? 0777 : entry.mode();
    return new ErofsInode(
        type | mode, entry.uid(), entry.gid(), entry.mtime(), ErofsXattrs.encode(kept(entry)));
  }

  /** Those that a directory on disk would have, too. */
  private static Map<String, byte[]> kept(TarEntry entry) {
    if (entry.xattrs().isEmpty()) {
      return Map.of();
    }
    boolean user = entry.type() == EntryType.FILE || entry.type() == EntryType.DIRECTORY;
    var kept = new HashMap<>(entry.xattrs());
    kept.keySet()
        .removeIf(key ->
            !EntryWriter.isImages(key)
                || !ErofsXattrs.isPossible(key)
                || (key.startsWith("user.") && !user));
    return kept;
  }

  @Override
  public void directory(IndexedDirectory parent, String name, TarEntry entry, boolean exists)
      throws IOException {
    EntryWriter.verifyOwner(entry);
    IndexedDirectory made =
        name.isEmpty() ? parent : exists ? child(parent, name) : add(parent, name);
    made.set(entry, taken(kept(entry)));
    implied.remove(made.path());
  }

  /** Refuses what is too much at once, before it is kept. */
  private Map<String, byte[]> taken(Map<String, byte[]> xattrs) throws ErofsLimitException {
    int encoded = ErofsXattrs.encode(xattrs).length;
    int names = xattrs.keySet().stream().mapToInt(String::length).sum();
    take(XATTR * xattrs.size() + 2 * names + 3 * encoded);
    return xattrs;
  }

  @Override
  public void symlink(IndexedDirectory parent, String name, TarEntry entry) throws IOException {
    byte[] target = FileName.toBytes(entry.linkName());
    take(target.length);
    name(parent, name, files.addLink(inode(entry, FileStat.SYMLINK), target));
  }

  @Override
  public void node(IndexedDirectory parent, String name, TarEntry entry) throws IOException {
    int device = (int) EntryWriter.device(entry);
    name(parent, name, files.add(inode(entry, EntryWriter.nodeType(entry)), 0, device));
  }

  @Override
  public void link(IndexedDirectory holder, String existing, IndexedDirectory parent, String name)
      throws IOException {
    int file = holder.get(existing);
    name(parent, name, file);
    files.addLinks(file, 1);
  }

  @Override
  public void whiteout(IndexedDirectory parent, String name) throws IOException {
    name(parent, name, files.add(WHITEOUT, 0, 0));
  }

  @Override
  public void opaque(IndexedDirectory parent, String name) {
    (name.isEmpty() ? parent : child(parent, name)).setOpaque();
  }

  @Override
  public void remove(IndexedDirectory parent, String name) throws IOException {
    int value = parent.get(name);
    parent.remove(name);
    if (value < 0) {
      String path = EntryPath.child(parent.path(), name);
      forget(directory(~value));
      LayerTree.forget(implied, path);
    } else {
      files.addLinks(value, -1);
    }
    last = root;
    lastPath = "";
  }

  private void forget(IndexedDirectory top) throws IOException {
    var doomed = new ArrayDeque<>(List.of(top));
    while (!doomed.isEmpty()) {
      IndexedDirectory directory = doomed.pop();
      directories.set(directory.number(), null);
      directory.forEach((name, value) -> {
        if (value >= 0) {
          files.addLinks(value, -1);
        } else if (!isDots(name)) {
          doomed.push(directory(~value));
        }
      });
    }
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  @Override
  public NavigableSet<String> implied() {
    return implied;
  }

  @Override
  public void finish() {}

  /** Where an image of this index has the inodes of {@link #implied}. */
  Map<String, Long> impliedIn(IndexImage image) {
    var inodes = new HashMap<String, Long>();
    implied.forEach(path -> inodes.put(path, image.place(walk(path).orElseThrow())));
    return inodes;
  }

  /** The image of all that is there. */
  IndexImage image() throws ErofsLimitException {
    return new IndexImage(directories, files);
  }

  @Override
  public void close() {
    files.close();
    budget.give(heap);
    heap = 0;
  }
}
