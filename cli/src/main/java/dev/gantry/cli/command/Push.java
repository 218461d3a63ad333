package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.progress.ProgressDisplay;
import dev.gantry.cri.gantry.PushImageRequest;
import dev.gantry.cri.gantry.PushImageResponse;
import java.util.Iterator;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry push}: sends an image to a registry. */
@Command(
    name = "push",
    description = {
      "Send an image to a registry",
      "Without DESTINATION under its own name. Layers that the registry has are not sent again;"
          + " the image keeps its id.",
    })
final class Push extends CriCommand {
  @Mixin private Credentials credentials = new Credentials();

  @Option(
      names = {"-q", "--quiet"},
      description = "Only the manifest's digest, and do not show how it gets on")
  private boolean quiet;

  @Option(
      names = "--compression",
      paramLabel = "none|gzip|zstd",
      description = "Of layers that have to be sent (default: gzip)")
  private Compression compression = Compression.GZIP;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "Name or id of an image")
  private String image = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DESTINATION",
      description = "HOST/NAME[:TAG]")
  private String destination = "";

  Push(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    var request =
        PushImageRequest.newBuilder()
            .setImage(image)
            .setDestination(destination)
            .setCompression(compression.wire());
    credentials.authConfig().ifPresent(request::setAuth);
    PushImageResponse last =
        quiet ? push(client, request.build(), answer -> {}) : shown(client, request.build());
    out().println(quiet ? last.getDigest() : last.getName() + " " + last.getDigest());
    return 0;
  }

  private PushImageResponse shown(CriClient client, PushImageRequest request) {
    String name = destination.isEmpty() ? image : destination;
    PushImageResponse last;
    String result;
    try (ProgressDisplay display = ProgressDisplay.start(session(), "pushing " + name)) {
      last = push(client, request, answer -> display.update("", answer.getLayersList()));
      result = display.drawing() ? display.result() : "";
    }
    if (!result.isEmpty()) {
      session().err().println("pushed " + name + ": " + result);
    }
    return last;
  }

  private PushImageResponse push(
      CriClient client, PushImageRequest request, Consumer<PushImageResponse> each) {
    return client.workGantry("push " + image, s -> last(s.pushImage(request), each));
  }

  private static PushImageResponse last(
      Iterator<PushImageResponse> answers, Consumer<PushImageResponse> each) {
    PushImageResponse last = PushImageResponse.getDefaultInstance();
    while (answers.hasNext()) {
      last = answers.next();
      each.accept(last);
    }
    return last;
  }
}
