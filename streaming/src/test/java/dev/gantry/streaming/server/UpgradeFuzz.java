package dev.gantry.streaming.server;

import dev.gantry.linux.Fd;
import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import java.util.List;
import java.util.Optional;

/** Any bytes from the first on: a request, and what comes after it when its token is good. */
public final class UpgradeFuzz {
  private static final StreamingSettings SETTINGS = StreamingSettings.loopback();

  private UpgradeFuzz() {}

  /** One input; its first byte says in which pieces it comes. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    var upgrade = new UpgradeHandler(SETTINGS, new Nobody(), UpgradeFuzz::take, new Strangers());
    try (var channel = new FuzzedChannel()) {
      channel.add(UpgradeHandler.CODEC, UpgradeHandler.codec());
      channel.add("upgrade", upgrade);
      channel.receive(input, 1, input[0] & 0xFF);
    }
  }

  /** A token that a fuzzer can find. */
  private static Optional<StreamRequest> take(String kind, String token) {
    return kind.equals("portforward") && token.equals("t")
        ? Optional.of(new StreamRequest.PortForward("p", List.of()))
        : Optional.empty();
  }

  /** Behind a port is nobody, for ever: what is done on other threads cannot be fuzzed. */
  private static final class Nobody implements StreamBackend {
    @Override
    public Running start(StreamRequest.RemoteCommand request) {
      throw new IllegalStateException("no token is for this");
    }

    @Override
    public Fd connect(String pod, int port) {
      while (true) {
        java.util.concurrent.locks.LockSupport.park();
      }
    }
  }
}
