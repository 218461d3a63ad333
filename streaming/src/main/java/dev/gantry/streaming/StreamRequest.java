package dev.gantry.streaming;

import java.util.List;

/** What a one-time URL is good for. */
public sealed interface StreamRequest {
  /** The first part of the URL's path. */
  String kind();

  /** One that has the standard streams of a process. */
  sealed interface RemoteCommand extends StreamRequest {
    /** Whether the client may write. */
    boolean stdin();

    /** Whether the client gets standard output. */
    boolean stdout();

    /** Whether the client gets standard error; never with a terminal. */
    boolean stderr();

    /** Whether there is a terminal. */
    boolean terminal();
  }

  /** A command to be run in a container. */
  record Exec(
      String container,
      List<String> command,
      boolean stdin,
      boolean stdout,
      boolean stderr,
      boolean terminal)
      implements RemoteCommand {
    public Exec {
      command = List.copyOf(command);
    }

    @Override
    public String kind() {
      return "exec";
    }
  }

  /** The first process of a container. */
  record Attach(String container, boolean stdin, boolean stdout, boolean stderr, boolean terminal)
      implements RemoteCommand {
    @Override
    public String kind() {
      return "attach";
    }
  }

  /**
   * The ports of a pod.
   *
   * @param ports those that a client gets that names none; most name theirs later
   */
  record PortForward(String pod, List<Integer> ports) implements StreamRequest {
    public PortForward {
      ports = List.copyOf(ports);
    }

    @Override
    public String kind() {
      return "portforward";
    }
  }
}
