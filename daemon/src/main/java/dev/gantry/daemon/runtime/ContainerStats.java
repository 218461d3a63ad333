package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ContainerStatsResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.ContainerStatsReader;
import dev.gantry.daemon.store.RecordStore;

/** The statistics of one container; NOT_FOUND when there is none. */
public final class ContainerStats implements Rpc<ContainerStatsRequest, ContainerStatsResponse> {
  private final RecordStore<ContainerRecord> containers;
  private final ContainerStatsReader reader;

  public ContainerStats(RecordStore<ContainerRecord> containers, ContainerStatsReader reader) {
    this.containers = containers;
    this.reader = reader;
  }

  @Override
  public ContainerStatsResponse handle(ContainerStatsRequest request) throws Exception {
    ContainerRecord container = containers.get(request.getContainerId()).record();
    reader.prepare(one -> one.getId().equals(container.getId()));
    return ContainerStatsResponse.newBuilder().setStats(reader.read(container)).build();
  }
}
