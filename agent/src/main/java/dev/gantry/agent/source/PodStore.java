package dev.gantry.agent.source;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.linux.file.RecordFile.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * The pods of this node as they were admitted, with their status, by uid. Written before a pod
 * takes anything, removed after the last of it is gone, so that whatever a pod has after a crash is
 * found through here. Not synced to the disk: a pod of an earlier boot is made anew anyway.
 */
public final class PodStore {
  private final RecordDirectory directory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Pod> pods = new LinkedHashMap<>();

  /** Opens a store, which is made if it is not there. */
  public PodStore(Path path) throws IOException {
    directory = new RecordDirectory(path, Durability.NONE);
    for (KubeObject object : directory.readAll().values()) {
      if (object instanceof Pod pod) {
        pods.put(pod.metadata().uid(), pod);
      }
    }
  }

  /** All pods. */
  public List<Pod> all() {
    lock.lock();
    try {
      return List.copyOf(pods.values());
    } finally {
      lock.unlock();
    }
  }

  /** One pod. */
  public Optional<Pod> get(String uid) {
    lock.lock();
    try {
      return Optional.ofNullable(pods.get(uid));
    } finally {
      lock.unlock();
    }
  }

  /** Keeps a pod. */
  public void put(Pod pod) throws IOException {
    lock.lock();
    try {
      directory.write(pod.metadata().uid(), pod);
      pods.put(pod.metadata().uid(), pod);
    } finally {
      lock.unlock();
    }
  }

  /** Changes a pod, if it is there and becomes another one; the answer is what it is then. */
  public Optional<Pod> update(String uid, UnaryOperator<Pod> change) {
    lock.lock();
    try {
      Pod old = pods.get(uid);
      if (old == null) {
        return Optional.empty();
      }
      Pod pod = change.apply(old);
      if (!pod.equals(old)) {
        directory.write(uid, pod);
        pods.put(uid, pod);
      }
      return Optional.of(pod);
    } catch (IOException e) {
      throw new UncheckedIOException("write the record of pod " + uid, e);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets a pod. */
  public void delete(String uid) throws IOException {
    lock.lock();
    try {
      directory.delete(uid);
      pods.remove(uid);
    } finally {
      lock.unlock();
    }
  }
}
