package dev.gantry.daemon.stream;

import dev.gantry.container.Attachment;
import dev.gantry.container.ContainerRef;
import dev.gantry.container.ContainerRuntime;
import dev.gantry.container.ExecStreamsRequest;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.net.LoopbackSocket;
import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import java.io.IOException;
import java.time.Duration;

/**
 * Starts what a stream was asked for. It looks at the records anew: between the URL and its client
 * a container may have ended.
 */
public final class PodStreams implements StreamBackend {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final Handlers handlers;
  private final Containers containers;
  private final Sandboxes sandboxes;

  public PodStreams(Handlers handlers, Containers containers, Sandboxes sandboxes) {
    this.handlers = handlers;
    this.containers = containers;
    this.sandboxes = sandboxes;
  }

  @Override
  public Running start(StreamRequest.RemoteCommand request) throws IOException {
    try {
      return switch (request) {
        case StreamRequest.Exec exec -> exec(exec);
        case StreamRequest.Attach attach -> attach(attach);
      };
    } catch (CallFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Running exec(StreamRequest.Exec request) throws IOException, CallFailure {
    ContainerRecord record = running("exec", request.container());
    var process = containers.commandIn(record, request.command(), request.terminal());
    return new ExecStream(
        runtime(record)
            .exec(
                containers.refOf(record),
                new ExecStreamsRequest(
                    process, request.stdin(), request.stdout(), request.stderr())));
  }

  private Running attach(StreamRequest.Attach request) throws IOException, CallFailure {
    // Whether it was started or is still to be: the attachment needs its first process.
    ContainerRecord record = containers.store().get(request.container()).record();
    ContainerRef container = containers.refOf(record);
    Attachment attachment = runtime(record).attach(container);
    boolean once = record.getConfig().getStdinOnce();
    return new AttachStream(attachment, record.getConfig().getStdin(), request.stdin(), once);
  }

  private ContainerRuntime runtime(ContainerRecord record) throws CallFailure {
    return handlers.get(record.getHandler());
  }

  private ContainerRecord running(String what, String id) throws CallFailure {
    ContainerRecord record = containers.store().get(id).record();
    if (record.getStage() != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(what + ": container " + id + " does not run");
    }
    return record;
  }

  /**
   * Connects to 127.0.0.1, and where nobody listens there to ::1. The socket is made on a thread
   * that joins the pod's network for it, and then belongs there.
   */
  @Override
  public Fd connect(String pod, int port) throws IOException {
    PodRecord record;
    try {
      record = sandboxes.pods().get(pod).record();
    } catch (CallFailure e) {
      throw new IOException(e.getMessage(), e);
    }
    if (record.getState() != PodState.POD_STATE_READY) {
      throw new IOException("the pod sandbox is not ready");
    }
    if (sandboxes.hasGuest(record)) {
      try {
        return sandboxes.connectToGuest(record, port);
      } catch (CallFailure e) {
        throw new IOException(e.getMessage(), e);
      }
    }
    if (new SandboxOptions(record.getConfig()).hostNetwork()) {
      return BlockingCalls.run("connect to port " + port, CONNECT.multipliedBy(3), () -> any(port));
    }
    return PodNamespaces.inNetwork(
        sandboxes.paths(pod).pin(NamespaceType.NETWORK), () -> any(port));
  }

  private static Fd any(int port) throws IOException {
    try {
      return LoopbackSocket.connect(false, port, CONNECT.toMillis());
    } catch (LinuxException ipv4) {
      try {
        return LoopbackSocket.connect(true, port, CONNECT.toMillis());
      } catch (LinuxException ipv6) {
        throw new IOException(ipv4.getMessage() + "; " + ipv6.getMessage(), ipv4);
      }
    }
  }
}
