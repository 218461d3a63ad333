package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.AttachResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingServer;

/**
 * Answers with a URL under which a client is attached to a container, once. The container may be
 * one that is still to be started, so that nothing of what it writes is missed.
 */
public final class Attach implements Rpc<AttachRequest, AttachResponse> {
  private final RecordStore<ContainerRecord> store;
  private final StreamingServer server;

  public Attach(RecordStore<ContainerRecord> store, StreamingServer server) {
    this.store = store;
    this.server = server;
  }

  @Override
  public AttachResponse handle(AttachRequest request) throws Exception {
    String id =
        StreamChecks.container(
            "attach",
            store,
            request.getContainerId(),
            new StreamChecks.Wanted(
                request.getStdin(), request.getStdout(), request.getStderr(), request.getTty()),
            true);
    return AttachResponse.newBuilder()
        .setUrl(
            server.url(
                new StreamRequest.Attach(
                    id,
                    request.getStdin(),
                    request.getStdout(),
                    request.getStderr(),
                    request.getTty())))
        .build();
  }
}
