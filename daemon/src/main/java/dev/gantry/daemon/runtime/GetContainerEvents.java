package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.daemon.event.EventHub;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** Tells what happens to pods and containers until the caller goes away or falls far behind. */
public final class GetContainerEvents
    implements StreamRpc<GetEventsRequest, ContainerEventResponse> {
  private final EventHub hub;

  public GetContainerEvents(EventHub hub) {
    this.hub = hub;
  }

  @Override
  public void handle(GetEventsRequest request, Responses<ContainerEventResponse> responses)
      throws Exception {
    try (var events = hub.subscribe()) {
      while (true) {
        responses.send(events.next());
      }
    }
  }
}
