package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveContainerResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.Optional;

/**
 * Removes a container, by force when it runs. One that does not exist is a success. Its log stays:
 * it is the kubelet's to remove.
 */
public final class RemoveContainer implements Rpc<RemoveContainerRequest, RemoveContainerResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Containers containers;

  public RemoveContainer(RecordStore<ContainerRecord> store, Containers containers) {
    this.store = store;
    this.containers = containers;
  }

  @Override
  public RemoveContainerResponse handle(RemoveContainerRequest request) throws Exception {
    Optional<Entry<ContainerRecord>> container = store.find(request.getContainerId());
    if (container.isPresent()) {
      containers.remove(container.get());
    }
    return RemoveContainerResponse.getDefaultInstance();
  }
}
