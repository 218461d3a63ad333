package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.ExecResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingServer;

/** Answers with a URL under which a command is run in a container, for one client and one time. */
public final class Exec implements Rpc<ExecRequest, ExecResponse> {
  private final RecordStore<ContainerRecord> store;
  private final StreamingServer server;

  public Exec(RecordStore<ContainerRecord> store, StreamingServer server) {
    this.store = store;
    this.server = server;
  }

  @Override
  public ExecResponse handle(ExecRequest request) throws Exception {
    if (request.getCmdCount() == 0 || request.getCmd(0).isEmpty()) {
      throw CallFailure.invalid("exec: cmd is empty");
    }
    String id =
        StreamChecks.container(
            "exec",
            store,
            request.getContainerId(),
            new StreamChecks.Wanted(
                request.getStdin(), request.getStdout(), request.getStderr(), request.getTty()),
            false);
    return ExecResponse.newBuilder()
        .setUrl(
            server.url(
                new StreamRequest.Exec(
                    id,
                    request.getCmdList(),
                    request.getStdin(),
                    request.getStdout(),
                    request.getStderr(),
                    request.getTty())))
        .build();
  }
}
