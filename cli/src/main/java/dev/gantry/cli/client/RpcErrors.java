package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Turns what a call ended with into a line for people. */
final class RpcErrors {
  private RpcErrors() {}

  /**
   * Explains {@code error} of the call {@code what} (verb and object): a runtime that cannot be
   * reached, one that does not know the call, one that did not answer in time, or its own words.
   */
  static CliFailure explain(
      String what, Endpoint endpoint, Duration limit, StatusRuntimeException error) {
    Status status = error.getStatus();
    String words = status.getDescription() == null ? "" : status.getDescription().strip();
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          // A runtime's own UNAVAILABLE has words and no cause on this side.
          status.getCause() == null && !words.isEmpty()
              ? CliFailure.of(sentence(what, words, status.getCode()), error)
              : unreachable(what, endpoint, error);
      case UNIMPLEMENTED -> unserved(what, endpoint, words, error);
      case DEADLINE_EXCEEDED ->
          CliFailure.of(
                  what + ": no answer from " + endpoint + " within " + seconds(limit) + " s", error)
              .advise("look at the runtime's log; --timeout and --cancel-timeout give it longer");
      case CANCELLED -> CliFailure.of(what + ": interrupted", error);
      default -> CliFailure.of(sentence(what, words, status.getCode()), error);
    };
  }

  private static String seconds(Duration limit) {
    return new BigDecimal(limit.toMillis()).movePointLeft(3).stripTrailingZeros().toPlainString();
  }

  private static CliFailure unserved(
      String what, Endpoint endpoint, String words, StatusRuntimeException error) {
    String detail = words.isEmpty() ? "" : " (" + words + ")";
    return CliFailure.of(
        what + ": the runtime at " + endpoint + " does not serve this" + detail, error);
  }

  private static String sentence(String what, String words, Status.Code code) {
    if (words.isEmpty()) {
      return what + ": " + code;
    }
    // Gantry's own errors begin with verb and object; they are not said twice.
    String verb = what.substring(0, Math.max(0, what.indexOf(' ')));
    return !verb.isEmpty() && words.startsWith(verb + " ") ? words : what + ": " + words;
  }

  private static CliFailure unreachable(
      String what, Endpoint endpoint, StatusRuntimeException error) {
    Throwable cause = error.getStatus().getCause();
    Path socket = endpoint.socket();
    String start = "start one with `gantry daemon`, or name another with --runtime-endpoint";
    if (!Files.exists(socket)) {
      Path directory = socket.getParent();
      if (directory != null && Files.exists(directory) && !Files.isExecutable(directory)) {
        return CliFailure.of(what + ": " + directory + " may not be entered", error)
            .advise("try as root");
      }
      return CliFailure.of(what + ": no runtime at " + endpoint + ": no such socket", error)
          .advise(start);
    }
    if (!Files.isWritable(socket)) {
      return CliFailure.of(what + ": the socket " + socket + " may not be used", error)
          .advise("try as root");
    }
    String why =
        cause == null || cause.getMessage() == null ? "connection lost" : cause.getMessage();
    return CliFailure.of(what + ": no runtime answers at " + endpoint + ": " + why, error)
        .advise(start);
  }
}
