package dev.gantry.cli.client;

import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.gantry.WatchPullsResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears how the pulls of an image get on until it is closed. A runtime that is not Gantry tells
 * nothing, which is no error: then nothing is heard.
 */
public final class PullWatch implements AutoCloseable {
  private static final int INTERVAL_MILLIS = 100;

  private final Hearer hearer;

  private PullWatch(Hearer hearer) {
    this.hearer = hearer;
  }

  /** Begins; {@code heard} is called by one thread at a time and must not block. */
  public static PullWatch start(CriClient client, String image, Consumer<Pull> heard) {
    var request =
        WatchPullsRequest.newBuilder().setImage(image).setIntervalMs(INTERVAL_MILLIS).build();
    Hearer hearer = new Hearer(heard);
    client.gantryBeside().watchPulls(request, hearer);
    return new PullWatch(hearer);
  }

  @Override
  public void close() {
    hearer.cancel();
  }

  private static final class Hearer
      implements ClientResponseObserver<WatchPullsRequest, WatchPullsResponse> {
    private final Consumer<Pull> heard;
    private volatile @Nullable ClientCallStreamObserver<WatchPullsRequest> call;

    Hearer(Consumer<Pull> heard) {
      this.heard = heard;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchPullsRequest> started) {
      call = started;
    }

    void cancel() {
      ClientCallStreamObserver<WatchPullsRequest> started = call;
      if (started != null) {
        started.cancel("seen enough", null);
      }
    }

    // Pulls of one name with different credentials are two; the one that began first is shown.
    @Override
    public void onNext(WatchPullsResponse response) {
      if (response.getPullsCount() > 0) {
        heard.accept(response.getPulls(0));
      }
    }

    @Override
    public void onError(Throwable unserved) {
      // Another runtime, or an end of this one that the pull itself will tell of.
    }

    @Override
    public void onCompleted() {}
  }
}
