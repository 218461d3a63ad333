package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.StartContainerRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many running containers in a few pods: a node to read from. */
final class Crowd {
  private static final int AT_ONCE = 4;
  private static final long DEADLINE_SECONDS = 300;

  private final CriChannel channel;
  private final CriContender.Place place;
  private final List<String> pods = Collections.synchronizedList(new ArrayList<>());

  Crowd(CriChannel channel, CriContender.Place place) {
    this.channel = channel;
    this.place = place;
  }

  private RuntimeServiceBlockingStub runtime() {
    return channel.runtime().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /** Runs so many containers, so many of them in each pod. */
  void fill(int containers, int perPod) throws IOException {
    inParallel((containers + perPod - 1) / perPod, pod -> fill(pod, containers, perPod));
  }

  private void fill(int number, int containers, int perPod) {
    String id = "crowd-" + number;
    var pod = new KubeletPod(id, place.cgroup() + "/pod-" + id, place.logs(), place.image());
    var sandbox = pod.sandbox();
    String podId =
        runtime()
            .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(sandbox).build())
            .getPodSandboxId();
    pods.add(podId);
    for (int i = number * perPod; i < Math.min(containers, (number + 1) * perPod); i++) {
      var container =
          pod.container().toBuilder()
              .setMetadata(ContainerMetadata.newBuilder().setName("c" + i))
              .setLogPath("c" + i + ".log");
      String containerId =
          runtime()
              .createContainer(
                  CreateContainerRequest.newBuilder()
                      .setPodSandboxId(podId)
                      .setConfig(container)
                      .setSandboxConfig(sandbox)
                      .build())
              .getContainerId();
      var _ =
          runtime()
              .startContainer(
                  StartContainerRequest.newBuilder().setContainerId(containerId).build());
    }
  }

  /** Removes all of them. */
  void empty() throws IOException {
    List<String> all = List.copyOf(pods);
    inParallel(
        all.size(),
        i -> {
          var _ =
              runtime()
                  .removePodSandbox(
                      RemovePodSandboxRequest.newBuilder().setPodSandboxId(all.get(i)).build());
        });
  }

  private interface Work {
    void on(int number);
  }

  private static void inParallel(int count, Work work) throws IOException {
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        running.add(threads.submit(() -> work.on(number)));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (InterruptedException e) {
      throw Programs.interrupted(e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }
}
