package dev.gantry.daemon.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.container.ExecOutcome;
import dev.gantry.container.ExecRequest;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import io.grpc.Status;
import java.time.Duration;

/**
 * Runs a command in a container and answers with its output and exit code. At the timeout the
 * command and everything it started is killed and the call fails with DEADLINE_EXCEEDED; a command
 * that ends by itself leaves what it started running.
 */
public final class ExecSync implements Rpc<ExecSyncRequest, ExecSyncResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Handlers handlers;
  private final Containers containers;

  public ExecSync(RecordStore<ContainerRecord> store, Handlers handlers, Containers containers) {
    this.store = store;
    this.handlers = handlers;
    this.containers = containers;
  }

  @Override
  public ExecSyncResponse handle(ExecSyncRequest request) throws Exception {
    if (request.getCmdCount() == 0) {
      throw CallFailure.invalid("exec sync: cmd is empty");
    }
    ContainerRecord container = store.get(request.getContainerId()).record();
    if (container.getStage() != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(
          "exec sync: container "
              + container.getId()
              + " does not run ("
              + ContainerViews.state(container).name()
              + ")");
    }
    Duration timeout = Duration.ofSeconds(Math.max(0, request.getTimeout()));
    ExecOutcome outcome =
        handlers
            .get(container.getHandler())
            .execSync(
                containers.refOf(container),
                new ExecRequest(
                    containers.commandIn(container, request.getCmdList(), false), timeout));
    if (outcome.timedOut()) {
      throw new CallFailure(
          Status.Code.DEADLINE_EXCEEDED,
          "exec sync in container "
              + container.getId()
              + ": command "
              + request.getCmdList()
              + " timed out after "
              + request.getTimeout()
              + " s and was killed");
    }
    return ExecSyncResponse.newBuilder()
        .setStdout(ByteString.copyFrom(outcome.stdout().data()))
        .setStderr(ByteString.copyFrom(outcome.stderr().data()))
        .setExitCode(outcome.exitCode())
        .build();
  }
}
