package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.gantry.WatchPullsResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.LayerStatus;
import dev.gantry.image.PullStatus;
import dev.gantry.oci.ImageReference;
import java.time.Instant;
import java.util.List;

/**
 * Tells how the pulls that run get on, again and again. Says nothing when nothing has changed, and
 * leaves out what a slow caller does not read.
 */
public final class WatchPulls implements StreamRpc<WatchPullsRequest, WatchPullsResponse> {
  private static final int SHORTEST_MILLIS = 50;
  private static final int LONGEST_MILLIS = 60_000;

  private final ImagePuller puller;
  private final ImageNaming names;

  public WatchPulls(ImagePuller puller, ImageNaming names) {
    this.puller = puller;
    this.names = names;
  }

  @Override
  public void handle(WatchPullsRequest request, Responses<WatchPullsResponse> responses)
      throws Exception {
    List<ImageReference> wanted =
        request.getImage().isEmpty() ? List.of() : names.candidates(request.getImage());
    int interval = request.getIntervalMs();
    if (interval != 0 && (interval < SHORTEST_MILLIS || interval > LONGEST_MILLIS)) {
      throw CallFailure.invalid("watch pulls: interval_ms " + interval + " is not 50 to 60000");
    }
    WatchPullsResponse told = null;
    do {
      List<PullStatus> pulls =
          puller.pulls().stream()
              .filter(p -> wanted.isEmpty() || wanted.contains(p.reference()))
              .toList();
      WatchPullsResponse now = response(pulls);
      if (!now.equals(told)) {
        responses.send(now);
        told = now;
      }
      Thread.sleep(interval);
    } while (interval > 0);
  }

  private static WatchPullsResponse response(List<PullStatus> pulls) {
    var response = WatchPullsResponse.newBuilder();
    pulls.forEach(pull -> response.addPulls(pull(pull)));
    return response.build();
  }

  private static Pull.Builder pull(PullStatus status) {
    var pull =
        Pull.newBuilder()
            .setImage(status.reference().toString())
            .setSince(nanos(status.since()))
            .setHost(status.host())
            .setCallers(status.callers());
    status.layers().forEach(layer -> pull.addLayers(layer(layer)));
    return pull;
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }

  private static LayerProgress.Builder layer(LayerStatus layer) {
    return LayerProgress.newBuilder()
        .setDigest(layer.digest().toString())
        .setBytes(layer.bytes())
        .setTotal(layer.total())
        .setStage(
            switch (layer.stage()) {
              case WAITING -> LayerStage.LAYER_STAGE_WAITING;
              case DOWNLOADING -> LayerStage.LAYER_STAGE_TRANSFER;
              case UNPACKING -> LayerStage.LAYER_STAGE_UNPACKING;
              case PRESENT -> LayerStage.LAYER_STAGE_PRESENT;
              case DONE -> LayerStage.LAYER_STAGE_DONE;
            });
  }
}
