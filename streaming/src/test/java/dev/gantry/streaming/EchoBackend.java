package dev.gantry.streaming;

import dev.gantry.linux.Fd;
import dev.gantry.linux.event.Pipe;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Gives back what comes in, by a pipe that is both input and output; counts what is open. */
final class EchoBackend implements StreamBackend {
  final AtomicInteger open = new AtomicInteger();
  final List<StreamRequest> asked = new CopyOnWriteArrayList<>();
  final List<Fd> kept = new CopyOnWriteArrayList<>();
  volatile boolean fails;
  volatile boolean connects;

  @Override
  public Running start(StreamRequest.RemoteCommand request) throws IOException {
    asked.add(request);
    if (fails) {
      throw new IOException("it fails");
    }
    open.incrementAndGet();
    Pipe pipe = Pipe.open();
    Fd in = pipe.write().nonBlocking();
    Fd out = pipe.read().nonBlocking();
    return new Running() {
      @Override
      public Ends ends() {
        return new Ends.Pipes(in, out, null);
      }

      @Override
      public CompletableFuture<Integer> exit() {
        return new CompletableFuture<>();
      }

      @Override
      public void resize(int rows, int columns) {
        // A pipe has no size.
      }

      @Override
      public void endInput(Fd socket) {
        // There is no socket.
      }

      @Override
      public void leave(Fd output) {
        output.close();
      }

      @Override
      public void abandon() {
        close();
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }

  @Override
  public Fd connect(String pod, int port) throws IOException {
    if (!connects) {
      throw new IOException("nobody listens on " + port);
    }
    // One that never says anything.
    Pipe pipe = Pipe.open();
    kept.add(pipe.write());
    return pipe.read().nonBlocking();
  }
}
