package dev.gantry.agent.source;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.linux.file.RecordFile.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The objects that were applied: one file each, durable before the answer, in memory to read. */
public final class ObjectStore {
  private final RecordDirectory directory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ObjectKey, KubeObject> objects = new LinkedHashMap<>();

  /** Opens a store, which is made if it is not there. */
  public ObjectStore(Path path) throws IOException {
    directory = new RecordDirectory(path, Durability.SYNC);
    directory.readAll().values().forEach(o -> objects.put(ObjectKey.of(o), o));
  }

  /** All objects. */
  public List<KubeObject> all() {
    lock.lock();
    try {
      return List.copyOf(objects.values());
    } finally {
      lock.unlock();
    }
  }

  /** One object. */
  public Optional<KubeObject> get(ObjectKey key) {
    lock.lock();
    try {
      return Optional.ofNullable(objects.get(key));
    } finally {
      lock.unlock();
    }
  }

  /** Keeps an object in place of the one of its key. */
  public void put(KubeObject object) throws IOException {
    ObjectKey key = ObjectKey.of(object);
    lock.lock();
    try {
      directory.write(key.file(), object);
      objects.put(key, object);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets an object; false when there was none. */
  public boolean delete(ObjectKey key) throws IOException {
    lock.lock();
    try {
      directory.delete(key.file());
      return objects.remove(key) != null;
    } finally {
      lock.unlock();
    }
  }
}
