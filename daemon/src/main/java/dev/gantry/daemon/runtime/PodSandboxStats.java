package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.PodSandboxStatsRequest;
import dev.gantry.cri.v1.PodSandboxStatsResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.PodStatsReader;
import dev.gantry.daemon.store.RecordStore;
import java.util.Set;

/** The statistics of one pod; NOT_FOUND when there is none. */
public final class PodSandboxStats implements Rpc<PodSandboxStatsRequest, PodSandboxStatsResponse> {
  private final RecordStore<PodRecord> pods;
  private final PodStatsReader reader;

  public PodSandboxStats(RecordStore<PodRecord> pods, PodStatsReader reader) {
    this.pods = pods;
    this.reader = reader;
  }

  @Override
  public PodSandboxStatsResponse handle(PodSandboxStatsRequest request) throws Exception {
    PodRecord pod = pods.get(request.getPodSandboxId()).record();
    reader.prepare(Set.of(pod.getId()));
    return PodSandboxStatsResponse.newBuilder().setStats(reader.read(pod)).build();
  }
}
