package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.daemon.event.EventHub;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;

/** The statuses that come with an event, as PodSandboxStatus would tell them now. */
public final class StatusSnapshot implements EventHub.Snapshot {
  private final RecordStore<PodRecord> pods;
  private final RecordStore<ContainerRecord> containers;

  public StatusSnapshot(RecordStore<PodRecord> pods, RecordStore<ContainerRecord> containers) {
    this.pods = pods;
    this.containers = containers;
  }

  @Override
  public void fill(String podId, ContainerEventResponse.Builder event) {
    pods.exactly(podId)
        .map(Entry::record)
        .filter(PodViews::visible)
        .ifPresent(pod -> event.setPodSandboxStatus(PodViews.status(pod)));
    event.addAllContainersStatuses(ContainerViews.statusesOf(podId, containers));
  }
}
