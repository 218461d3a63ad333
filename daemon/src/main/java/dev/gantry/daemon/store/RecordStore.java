package dev.gantry.daemon.store;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.RecordFile;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The records of one kind. Each object has a directory {@code <dir>/<id>} with its file {@code
 * record}; the directory may hold more that belongs to the object and goes with it.
 *
 * @param <R> the record message
 */
public final class RecordStore<R extends MessageLite> {
  private static final String FILE = "record";
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern ID_PREFIX = Pattern.compile("[0-9a-f]{1,64}");

  /**
   * What a start found on disk.
   *
   * @param bootId the boot of the machine during which the record was last written
   */
  public record Loaded<R extends MessageLite>(Entry<R> entry, String bootId) {}

  private final String kind;
  private final Path dir;
  private final Parser<R> parser;
  private final Function<R, String> nameOf;
  private final ConcurrentSkipListMap<String, Entry<R>> byId = new ConcurrentSkipListMap<>();
  private final Map<String, Entry<R>> byName = new ConcurrentHashMap<>();
  private final List<ChangedEntries<R>> followers = new CopyOnWriteArrayList<>();
  private volatile ChangeListener<R> listener = ChangeListener.none();

  /**
   * A store that is empty until {@link #load}.
   *
   * @param kind what an object is called in messages, as in {@code pod sandbox}
   * @param nameOf the name by which a repeated request is recognised
   */
  public RecordStore(String kind, Path dir, Parser<R> parser, Function<R, String> nameOf) {
    this.kind = kind;
    this.dir = dir;
    this.parser = parser;
    this.nameOf = nameOf;
  }

  /** From now on {@code to} is told of every change; of those before it never hears. */
  public void tell(ChangeListener<R> to) {
    listener = to;
  }

  private Entry<R> entry(String id, R record) {
    return new Entry<>(
        id,
        nameOf.apply(record),
        directory(id).resolve(FILE),
        record,
        new ChangeListener<R>() {
          @Override
          public void changed(R before, R after) {
            Optional.ofNullable(byId.get(id)).ifPresent(RecordStore.this::noted);
            listener.changed(before, after);
          }

          @Override
          public void removed(R last) {
            listener.removed(last);
          }
        });
  }

  /** The directory of all objects. */
  public Path directory() {
    return dir;
  }

  /** The object's own directory. */
  public Path directory(String id) {
    return dir.resolve(id);
  }

  /**
   * Reads all records; a directory without a whole record is not among them, see {@link #strays}.
   */
  public List<Loaded<R>> load() throws IOException {
    var loaded = new ArrayList<Loaded<R>>();
    for (String id : ids()) {
      Optional<RecordFile.Content> content = read(id);
      if (content.isPresent()) {
        R record = parse(content.get());
        if (record != null) {
          Entry<R> entry = entry(id, record);
          index(entry);
          loaded.add(new Loaded<>(entry, content.get().bootId()));
        }
      }
    }
    return List.copyOf(loaded);
  }

  private Optional<RecordFile.Content> read(String id) throws IOException {
    try {
      return RecordFile.read(dir.resolve(id).resolve(FILE));
    } catch (CorruptRecordException e) {
      return Optional.empty();
    }
  }

  private @Nullable R parse(RecordFile.Content content) throws IOException {
    if (content.version() > Entry.FORMAT) {
      throw new IOException(
          "a "
              + kind
              + " record in "
              + dir
              + " has format "
              + content.version()
              + ", written by a newer Gantry; this one reads up to "
              + Entry.FORMAT);
    }
    try {
      return parser.parseFrom(content.payload());
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private List<String> ids() throws IOException {
    var ids = new ArrayList<String>();
    if (Files.isDirectory(dir)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(dir)) {
        for (Path path : stream) {
          String id = path.getFileName().toString();
          if (ID.matcher(id).matches()) {
            ids.add(id);
          }
        }
      }
    }
    return ids;
  }

  /** Ids of directories that no whole record stands for; what they name can be removed. */
  public List<String> strays() throws IOException {
    return ids().stream().filter(id -> !byId.containsKey(id)).toList();
  }

  private void index(Entry<R> entry) {
    byId.put(entry.id(), entry);
    byName.put(entry.name(), entry);
    noted(entry);
  }

  /**
   * Adds an object with its first record, before anything that the record names is made.
   *
   * @throws CallFailure ALREADY_EXISTS when the name is taken
   */
  public Entry<R> create(String id, R record) throws IOException, CallFailure {
    Path own = directory(id);
    Entry<R> entry = entry(id, record);
    Entry<R> other = byName.putIfAbsent(entry.name(), entry);
    if (other != null) {
      throw new CallFailure(
          Status.Code.ALREADY_EXISTS,
          kind + " " + entry.name() + " exists already with id " + other.id());
    }
    try {
      Files.createDirectory(own);
      entry.create();
      byId.put(id, entry);
      noted(entry);
      return entry;
    } catch (IOException e) {
      byName.remove(entry.name(), entry);
      throw e;
    }
  }

  /** Removes the object's directory with its record; idempotent. */
  public void remove(String id) throws IOException {
    Files.deleteIfExists(directory(id).resolve(FILE));
    KernelStep.delete("delete " + directory(id), () -> DeleteTree.delete(directory(id)));
    // One of several who remove it at the same time tells of its end.
    Entry<R> entry = byId.remove(id);
    if (entry != null) {
      noted(entry);
      byName.remove(entry.name(), entry);
      entry.end();
    }
  }

  /** All objects, by id. */
  public Collection<Entry<R>> all() {
    return byId.values();
  }

  /**
   * From now on what changes is noted, after it can be seen; what is there now counts as changed.
   */
  public ChangedEntries<R> follow() {
    var changed = new ChangedEntries<R>();
    followers.add(changed);
    byId.values().forEach(changed::add);
    return changed;
  }

  private void noted(Entry<R> changed) {
    followers.forEach(follower -> follower.add(changed));
  }

  /** Whether the object is there; one that was removed is not. */
  public boolean has(Entry<R> entry) {
    return byId.get(entry.id()) == entry;
  }

  /** The object with just that id. */
  public Optional<Entry<R>> exactly(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The object of that name. */
  public Optional<Entry<R>> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The object with that id or with that beginning of an id.
   *
   * @throws CallFailure INVALID_ARGUMENT when it is no id or the beginning of several
   */
  public Optional<Entry<R>> find(String id) throws CallFailure {
    if (!ID_PREFIX.matcher(id).matches()) {
      if (id.isEmpty()) {
        throw CallFailure.invalid(kind + ": the request names no id");
      }
      return Optional.empty();
    }
    var matches =
        byId.tailMap(id, true).entrySet().stream()
            .takeWhile(e -> e.getKey().startsWith(id))
            .limit(2)
            .toList();
    if (matches.size() > 1) {
      throw CallFailure.invalid(kind + " " + id + ": several ids begin so; give more digits");
    }
    return matches.stream().findFirst().map(Map.Entry::getValue);
  }

  /**
   * The object with that id or unique beginning of an id.
   *
   * @throws CallFailure NOT_FOUND when there is none
   */
  public Entry<R> get(String id) throws CallFailure {
    return find(id).orElseThrow(() -> CallFailure.notFound(kind + " " + id + ": not found"));
  }
}
