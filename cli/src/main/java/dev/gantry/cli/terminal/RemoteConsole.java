package dev.gantry.cli.terminal;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.terminal.Terminal;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Ties this program's standard streams, and its terminal, to a process in a container. With a
 * terminal every key goes there, Ctrl-C too, and the terminal is as before in the end, also when we
 * are told to end.
 */
public final class RemoteConsole {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final long PATIENCE_MILLIS = 2000;

  private final Session session;
  private final Wanted wanted;
  private final AtomicBoolean detached = new AtomicBoolean();

  /**
   * What is wanted of the process.
   *
   * @param what for messages: verb and object
   * @param stdin our standard input
   * @param terminal a terminal; its error output is then in its output
   * @param detachable whether Ctrl-P Ctrl-Q leaves it
   */
  public record Wanted(
      String what, Transport transport, boolean stdin, boolean terminal, boolean detachable) {}

  public RemoteConsole(Session session, Wanted wanted) {
    this.session = session;
    this.wanted = wanted;
  }

  /** The exit code; empty when the person left. */
  public Optional<Integer> run(String url) {
    return run(url, () -> {});
  }

  /**
   * The same.
   *
   * @param ready called when the other side is there; not by every runtime
   */
  public Optional<Integer> run(String url, Runnable ready) {
    try (RemoteCommand command =
            RemoteCommand.connect(URI.create(url), wanted.transport(), wanted.terminal());
        Terminal.Saved _ = raw()) {
      return outcome(
          command.run(
              stdin(command),
              new CheckedOutput(session.out()),
              wanted.terminal() ? null : new CheckedOutput(session.err()),
              () -> follow(command),
              ready));
    } catch (CheckedOutput.Gone e) {
      session.debug(() -> wanted.what() + ": nobody reads what it writes");
      return Optional.of(CheckedOutput.Gone.EXIT_CODE);
    } catch (IOException e) {
      if (detached.get()) {
        return Optional.empty();
      }
      throw CliFailure.of(wanted.what() + ": " + e.getMessage(), e);
    }
  }

  private Optional<Integer> outcome(Outcome outcome) {
    if (detached.get()) {
      return Optional.empty();
    }
    return switch (outcome) {
      case Outcome.Exited exited -> Optional.of(exited.code());
      case Outcome.Failed failed ->
          throw CliFailure.of(
              failed.message().startsWith(wanted.what())
                  ? failed.message()
                  : wanted.what() + ": " + failed.message());
    };
  }

  private @Nullable InputStream stdin(RemoteCommand command) {
    if (!wanted.stdin()) {
      return null;
    }
    return wanted.detachable() && wanted.terminal()
        ? new DetachKeys(session.in(), () -> detach(command))
        : session.in();
  }

  /** Waits, on the keyboard's own thread, for a server that does not answer. */
  private void detach(RemoteCommand command) {
    detached.set(true);
    try {
      command.leave();
      Thread.sleep(PATIENCE_MILLIS);
      command.close();
    } catch (IOException e) {
      session.debug(() -> "detach: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Our terminal as it must be while another one is shown in it; nothing where it is none. */
  private Terminal.Saved raw() throws LinuxException {
    Optional<Terminal> terminal =
        wanted.stdin() && wanted.terminal() ? Terminal.standard(STDIN) : Optional.empty();
    if (terminal.isEmpty()) {
      return () -> {};
    }
    Terminal.Saved before = terminal.get().saved();
    Thread restore = new Thread(before::close, "restore-terminal");
    try {
      // Before it is changed: we may be told to end at any moment.
      Runtime.getRuntime().addShutdownHook(restore);
    } catch (IllegalStateException ending) {
      return before;
    }
    terminal.get().raw();
    return () -> {
      before.close();
      try {
        Runtime.getRuntime().removeShutdownHook(restore);
      } catch (IllegalStateException ending) {
        session.debug(() -> "the process is ending already");
      }
    };
  }

  private void follow(RemoteCommand command) {
    Optional<Terminal> shown = Terminal.standard(STDOUT).or(() -> Terminal.standard(STDIN));
    if (shown.isPresent()) {
      Runnable tell = () -> tell(command, shown.get());
      // In this order: a change in between would be told by nobody.
      WindowChanges.watch(tell);
      tell.run();
    }
  }

  /** One at a time, so that the size that is told last is the last one. */
  private synchronized void tell(RemoteCommand command, Terminal terminal) {
    try {
      Terminal.Size size = terminal.size();
      if (size.rows() > 0 && size.columns() > 0) {
        command.resize(size.rows(), size.columns());
      }
    } catch (IOException gone) {
      session.debug(() -> "size of the terminal: " + gone.getMessage());
    }
  }
}
