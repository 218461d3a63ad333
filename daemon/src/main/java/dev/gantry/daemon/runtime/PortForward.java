package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.cri.v1.PortForwardResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingServer;

/** Answers with a URL under which connections are forwarded into a pod, for one client. */
public final class PortForward implements Rpc<PortForwardRequest, PortForwardResponse> {
  private static final int LARGEST_PORT = 65535;

  private final RecordStore<PodRecord> pods;
  private final StreamingServer server;

  public PortForward(RecordStore<PodRecord> pods, StreamingServer server) {
    this.pods = pods;
    this.server = server;
  }

  @Override
  public PortForwardResponse handle(PortForwardRequest request) throws Exception {
    PodRecord pod = pods.get(request.getPodSandboxId()).record();
    if (pod.getState() != PodState.POD_STATE_READY) {
      throw CallFailure.precondition("port forward: pod sandbox " + pod.getId() + " is not ready");
    }
    for (int port : request.getPortList()) {
      if (port < 1 || port > LARGEST_PORT) {
        throw CallFailure.invalid("port forward: " + port + " is no port");
      }
    }
    return PortForwardResponse.newBuilder()
        .setUrl(server.url(new StreamRequest.PortForward(pod.getId(), request.getPortList())))
        .build();
  }
}
