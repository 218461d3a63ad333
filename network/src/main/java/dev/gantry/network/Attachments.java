package dev.gantry.network;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All attachments: the journal, and its image in memory from which questions are answered. */
final class Attachments {
  private static final Logger log = LoggerFactory.getLogger(Attachments.class);
  private final Journal journal;
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
  private final Set<String> cutShort = ConcurrentHashMap.newKeySet();
  private final Set<String> torn = ConcurrentHashMap.newKeySet();

  /** An attachment with its result as others read it, which is there when it is {@code ADDED}. */
  record Entry(Attachment attachment, @Nullable PodNetwork network) {
    Optional<PodNetwork> complete() {
      return Optional.ofNullable(network);
    }
  }

  /** Takes up what an earlier daemon has left. */
  Attachments(Journal journal) throws IOException {
    this.journal = journal;
    Journal.Left left = journal.load();
    torn.addAll(left.torn());
    for (Attachment attachment : left.attachments()) {
      entries.put(attachment.podId(), new Entry(attachment, stored(attachment)));
      if (attachment.state() != Attachment.State.ADDED) {
        cutShort.add(attachment.podId());
      }
    }
  }

  private static @Nullable PodNetwork stored(Attachment attachment) {
    if (attachment.state() != Attachment.State.ADDED || attachment.result().isEmpty()) {
      return null;
    }
    NetworkConfig network = attachment.network();
    try {
      return CniResult.stored(attachment.result().get(), network.version())
          .toPodNetwork(network.name(), attachment.interfaceName());
    } catch (CniResult.BadResultException e) {
      log.warn("network of pod {}: {}", attachment.podId(), e.getMessage());
      return null;
    }
  }

  Optional<Entry> find(String podId) {
    return Optional.ofNullable(entries.get(podId));
  }

  /**
   * Whether all that is known of the pod is that it had a network: power loss has cut its record.
   */
  boolean isTorn(String podId) {
    return torn.contains(podId);
  }

  /**
   * Whether an earlier daemon ended within the pod's ADD or DEL, whose plug-ins may be running
   * still.
   */
  boolean wasCutShort(String podId) {
    return isTorn(podId) || cutShort.contains(podId);
  }

  boolean knows(String podId) {
    return entries.containsKey(podId) || isTorn(podId);
  }

  /** Makes a torn record of a pod that has none; where the disk is full this daemon knows of it. */
  void requireRecord(String podId) {
    if (knows(podId)) {
      return;
    }
    torn.add(podId);
    try {
      journal.writeTorn(podId);
    } catch (NetworkException.JournalFailed e) {
      log.warn("{}", e.getMessage());
    }
  }

  boolean anyHasPortMappings() {
    return entries.values().stream().anyMatch(entry -> entry.attachment().hasPortMappings());
  }

  /** Writes it down first, then answers with it. */
  void put(Attachment attachment, @Nullable PodNetwork network)
      throws NetworkException.JournalFailed {
    journal.write(attachment);
    entries.put(attachment.podId(), new Entry(attachment, network));
  }

  /** Notes that the pod's end has begun; a full disk must not keep it from ending. */
  void putDeleting(Attachment attachment) {
    entries.put(attachment.podId(), new Entry(attachment, null));
    try {
      journal.write(attachment);
    } catch (NetworkException.JournalFailed e) {
      log.warn("{}", e.getMessage());
    }
  }

  /** Forgets the pod; answers whether there was anything to forget. */
  boolean remove(String podId) throws NetworkException.JournalFailed {
    journal.delete(podId);
    cutShort.remove(podId);
    boolean wasTorn = torn.remove(podId);
    return entries.remove(podId) != null || wasTorn;
  }

  /** Pods that have a network of that name or are being added to it, but not those that end. */
  List<String> of(String network, Set<String> ending) {
    return entries.values().stream()
        .map(Entry::attachment)
        .filter(attachment -> attachment.state() != Attachment.State.DELETING)
        .filter(attachment -> attachment.network().name().equals(network))
        .map(Attachment::podId)
        .filter(podId -> !ending.contains(podId))
        .sorted()
        .toList();
  }

  /** Pods whose end was begun, or whose attachment the predicate picks, and the torn ones. */
  Set<String> ending(Predicate<String> alsoPod) {
    Set<String> pods = new TreeSet<>(torn);
    entries.forEach((podId, entry) -> {
      if (entry.attachment().state() == Attachment.State.DELETING || alsoPod.test(podId)) {
        pods.add(podId);
      }
    });
    return pods;
  }
}
