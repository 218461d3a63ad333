package dev.gantry.daemon.event;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.daemon.store.ChangeListener;
import dev.gantry.daemon.store.RecordStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes events of changed records. All listeners hear the same events in the same order. {@code
 * created_at} numbers them: it is the time of the event, and always more than that of the one
 * before. A pod's own events carry the pod's id as that of a container, as the CRI has it.
 */
public final class EventHub {
  /** Adds what the CRI tells with each event: the pod and its containers afterwards. */
  @FunctionalInterface
  public interface Snapshot {
    /** Fills in the statuses as they are now; of a pod that is removed there are none. */
    void fill(String podId, ContainerEventResponse.Builder event);
  }

  private final Snapshot snapshot;
  private final List<Subscription> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private long last;

  /** Tells of every change in the stores from now on. */
  public EventHub(
      RecordStore<PodRecord> pods, RecordStore<ContainerRecord> containers, Snapshot snapshot) {
    this.snapshot = snapshot;
    pods.tell(new PodChanges());
    containers.tell(new ContainerChanges());
  }

  /** Hears of everything that happens from now on. */
  public Subscription subscribe() {
    var subscription = new Subscription(this);
    listeners.add(subscription);
    return subscription;
  }

  void end(Subscription subscription) {
    listeners.remove(subscription);
  }

  private void publish(String id, String podId, ContainerEventType type) {
    if (listeners.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      last = Math.max(last + 1, Clock.now());
      var event =
          ContainerEventResponse.newBuilder()
              .setContainerId(id)
              .setContainerEventType(type)
              .setCreatedAt(last);
      snapshot.fill(podId, event);
      ContainerEventResponse made = event.build();
      listeners.forEach(listener -> listener.offer(made));
    } finally {
      lock.unlock();
    }
  }

  private final class PodChanges implements ChangeListener<PodRecord> {
    @Override
    public void changed(PodRecord before, PodRecord after) {
      String id = after.getId();
      if (before.getState() == after.getState()) {
        return;
      }
      if (after.getState() == PodState.POD_STATE_READY) {
        publish(id, id, ContainerEventType.CONTAINER_CREATED_EVENT);
        publish(id, id, ContainerEventType.CONTAINER_STARTED_EVENT);
      } else if (after.getState() == PodState.POD_STATE_NOT_READY
          && before.getState() != PodState.POD_STATE_CREATED) {
        publish(id, id, ContainerEventType.CONTAINER_STOPPED_EVENT);
      }
    }

    @Override
    public void removed(PodRecord last) {
      // What clients never saw made they need not see go.
      if (last.getState() != PodState.POD_STATE_CREATED) {
        publish(last.getId(), last.getId(), ContainerEventType.CONTAINER_DELETED_EVENT);
      }
    }
  }

  private final class ContainerChanges implements ChangeListener<ContainerRecord> {
    @Override
    public void changed(ContainerRecord before, ContainerRecord after) {
      if (before.getStage() != after.getStage()) {
        switch (after.getStage()) {
          case CONTAINER_STAGE_CREATED ->
              publish(after, ContainerEventType.CONTAINER_CREATED_EVENT);
          case CONTAINER_STAGE_RUNNING ->
              publish(after, ContainerEventType.CONTAINER_STARTED_EVENT);
          case CONTAINER_STAGE_EXITED -> publish(after, ContainerEventType.CONTAINER_STOPPED_EVENT);
          case CONTAINER_STAGE_CREATING, UNRECOGNIZED -> {}
        }
      }
    }

    @Override
    public void removed(ContainerRecord last) {
      if (last.getStage() != ContainerStage.CONTAINER_STAGE_CREATING) {
        publish(last, ContainerEventType.CONTAINER_DELETED_EVENT);
      }
    }

    private void publish(ContainerRecord container, ContainerEventType type) {
      EventHub.this.publish(container.getId(), container.getPodId(), type);
    }
  }
}
