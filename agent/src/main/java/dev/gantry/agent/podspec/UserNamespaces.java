package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ranges of 65536 host ids, one for each pod with {@code hostUsers: false}, kept on disk. */
public final class UserNamespaces {
  private static final int LENGTH = 65536;

  /** All ids but the host's own first range and the last one, of which -1 is no id. */
  private static final int RANGES = 65534;

  private static final String FILE = "userns";

  private final Path pods;
  private final BitSet taken = new BitSet();
  private final Map<String, Integer> ranges = new HashMap<>();

  /** Reads the ranges that the pods below this directory have. */
  public UserNamespaces(Path pods) throws IOException {
    this.pods = pods;
    if (!Files.isDirectory(pods)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(pods)) {
      for (Path pod : all) {
        recall(pod);
      }
    }
  }

  private void recall(Path pod) throws IOException {
    String text;
    try {
      text = Files.readString(pod.resolve(FILE)).strip();
    } catch (NoSuchFileException e) {
      return;
    }
    // An empty file is what a power cut leaves of one; no process has that range any more.
    if (text.isEmpty()) {
      return;
    }
    int range;
    try {
      range = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IOException("read " + pod.resolve(FILE) + ": no number of a range: remove it", e);
    }
    if (range < 1 || range > RANGES || taken.get(range)) {
      throw new IOException(
          "read " + pod.resolve(FILE) + ": range " + range + " is taken or none: remove it");
    }
    take(pod.getFileName().toString(), range);
  }

  /** The pod's range, taken and written down if it has none; null if it uses the host's ids. */
  public synchronized @Nullable UserNamespace of(Pod pod) throws IOException {
    if (!Boolean.FALSE.equals(pod.spec().hostUsers())) {
      return null;
    }
    String uid = pod.metadata().uid();
    Integer range = ranges.get(uid);
    if (range == null) {
      range = taken.nextClearBit(1);
      if (range > RANGES) {
        throw new IOException("user namespace of " + pod.reference() + ": no range of ids is free");
      }
      write(uid, range);
      take(uid, range);
    }
    IDMapping ids =
        IDMapping.newBuilder()
            .setContainerId(0)
            .setHostId(range * LENGTH)
            .setLength(LENGTH)
            .build();
    return UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(ids).addGids(ids).build();
  }

  /** Gives back the range. */
  public synchronized void release(String podUid) throws IOException {
    Integer range = ranges.get(podUid);
    if (range != null) {
      Files.deleteIfExists(pods.resolve(podUid).resolve(FILE));
      ranges.remove(podUid);
      taken.clear(range);
    }
  }

  private void take(String uid, int range) {
    ranges.put(uid, range);
    taken.set(range);
  }

  private void write(String uid, int range) throws IOException {
    Path directory = Files.createDirectories(pods.resolve(uid));
    Path aside = directory.resolve(FILE + ".new");
    Files.writeString(aside, range + "\n");
    Files.move(
        aside,
        directory.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
