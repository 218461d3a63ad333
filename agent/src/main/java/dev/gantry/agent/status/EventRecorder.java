package dev.gantry.agent.status;

import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.EventSource;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.ObjectReference;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.EventLog;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of all objects: those that repeat are counted instead of kept again, and the oldest
 * are dropped when there are too many or an hour has passed, as in a cluster. What a log has of
 * them is there again after a restart.
 */
public final class EventRecorder {
  /** The most events that are kept. */
  public static final int CAPACITY = 2000;

  private static final int LONGEST_MESSAGE = 1024;
  private static final long KEEP_SECONDS = 3600;

  private final InstantSource clock;
  private final String host;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Event> events = new LinkedHashMap<>();
  private final EventLog log;
  private long sequence;

  private record Key(String uid, String field, String type, String reason, String message) {}

  /**
   * A recorder.
   *
   * @param host the node's name
   * @param log what it goes on with, and writes to
   */
  public EventRecorder(InstantSource clock, String host, EventLog log) throws IOException {
    this.clock = clock;
    this.host = host;
    this.log = log;
    // Names of events are never used again: this is what the kubelet's end in, too.
    this.sequence = clock.millis() * 1_000_000;
    for (Event event : log.read()) {
      ObjectReference about = event.involvedObject();
      Key key =
          new Key(about.uid(), about.fieldPath(), event.type(), event.reason(), event.message());
      events.remove(key);
      events.put(key, event);
      sequence = Math.max(sequence, number(event.metadata().name()));
    }
    drop(clock.instant());
  }

  private static long number(String name) {
    String text = name.substring(name.lastIndexOf('.') + 1);
    return text.matches("[0-9a-f]{1,15}|[0-7][0-9a-f]{15}") ? Long.parseLong(text, 16) : 0;
  }

  /** Something happened to a pod that is as it should be. */
  public void normal(Pod pod, String reason, String message) {
    record("Normal", pod, "", reason, message);
  }

  /** Something happened to a container of a pod that is as it should be. */
  public void normal(Pod pod, String containerPath, String reason, String message) {
    record("Normal", pod, containerPath, reason, message);
  }

  /** Something is wrong with a pod. */
  public void warning(Pod pod, String reason, String message) {
    record("Warning", pod, "", reason, message);
  }

  /** Something is wrong with a container of a pod. */
  public void warning(Pod pod, String containerPath, String reason, String message) {
    record("Warning", pod, containerPath, reason, message);
  }

  private void record(String type, Pod pod, String field, String reason, String message) {
    ObjectMeta meta = pod.metadata();
    var about =
        new ObjectReference("Pod", meta.namespace(), meta.name(), meta.uid(), "v1", "", field);
    String text =
        message.length() > LONGEST_MESSAGE
            ? message.substring(0, LONGEST_MESSAGE - 1) + "…"
            : message;
    Instant now = clock.instant();
    lock.lock();
    try {
      Key key = new Key(meta.uid(), field, type, reason, text);
      Event old = events.remove(key);
      Instant first = old == null ? now : Objects.requireNonNullElse(old.firstTimestamp(), now);
      ObjectMeta name =
          old == null
              ? ObjectMeta.named(meta.namespace(), meta.name() + "." + Long.toHexString(++sequence))
              : old.metadata();
      Event event =
          new Event(
              name,
              about,
              reason,
              text,
              new EventSource("kubelet", host),
              first,
              now,
              old == null ? 1 : old.count() + 1,
              type);
      events.put(key, event);
      drop(now);
      log.append(event, events.values());
    } finally {
      lock.unlock();
    }
  }

  private void drop(Instant now) {
    Instant oldest = now.minusSeconds(KEEP_SECONDS);
    Iterator<Event> all = events.values().iterator();
    while (all.hasNext()) {
      Event event = all.next();
      Instant last = event.lastTimestamp();
      if (events.size() <= CAPACITY && (last == null || !last.isBefore(oldest))) {
        return;
      }
      all.remove();
    }
  }

  /** All events, the oldest first. */
  public List<Event> all() {
    lock.lock();
    try {
      return new ArrayList<>(events.values());
    } finally {
      lock.unlock();
    }
  }

  /** The events of one object, the oldest first. */
  public List<Event> of(String uid) {
    return all().stream().filter(e -> e.involvedObject().uid().equals(uid)).toList();
  }
}
