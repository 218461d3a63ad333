package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListImagesResponse;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandboxState;
import org.junit.jupiter.api.Test;

class ListCommandsTest extends CommandTest {
  private void withPods() {
    runtime()
        .answering(
            "ListPodSandbox",
            ListPodSandboxResponse.newBuilder()
                .addItems(pod(ID1, "old", 7200))
                .addItems(
                    pod(ID2, "young", 120)
                        .setState(PodSandboxState.SANDBOX_NOTREADY)
                        .setRuntimeHandler("runc"))
                .build());
  }

  private void withContainers() {
    runtime()
        .answering(
            "ListContainers",
            ListContainersResponse.newBuilder()
                .addContainers(container(ID1, "nginx", 7200))
                .addContainers(
                    container(ID2, "sidecar", 120)
                        .setState(ContainerState.CONTAINER_EXITED)
                        .setImage(ImageSpec.newBuilder().setImage("docker.io/library/busybox:1")))
                .build());
  }

  private void withImages() {
    runtime()
        .answering(
            "ListImages",
            ListImagesResponse.newBuilder()
                .addImages(
                    Image.newBuilder()
                        .setId("sha256:" + ID2)
                        .addRepoDigests("example.org/b@sha256:" + ID1)
                        .setSize(4_312_345))
                .addImages(
                    Image.newBuilder()
                        .setId("sha256:" + ID1)
                        .addRepoTags("example.org/a:1")
                        .addRepoTags("example.org/a:latest")
                        .addRepoDigests("example.org/a@sha256:" + ID2)
                        .setPinned(true)
                        .setSize(1000))
                .build());
  }

  @Test
  void podsAreListedYoungestFirstInCrictlsColumns() {
    withPods();
    assertThat(gantry("pods").out())
        .isEqualTo(
            """
            POD ID              CREATED             STATE               NAME                NAMESPACE           ATTEMPT             RUNTIME
            2222222222222       2 minutes ago       NotReady            young               default             0                   runc
            1111111111111       2 hours ago         Ready               old                 default             0                   (default)
            """);
  }

  @Test
  void idsAloneAreWholeAndCanBeInTheTable() {
    withPods();
    assertThat(gantry("pods", "-q").out()).isEqualTo(ID2 + "\n" + ID1 + "\n");
    assertThat(gantry("pods", "--no-trunc").out()).contains(ID1).contains(ID2);
  }

  @Test
  void podFiltersGoToTheRuntimeOrAreAppliedHere() {
    withPods();
    var outcome =
        gantry("pods", "--id", "11", "-s", "ready", "--label", "app=x", "--name", "^old$", "-q");
    assertThat(outcome.out()).isEqualTo(ID1 + "\n");
    var filter = runtime().request(ListPodSandboxRequest.class).getFilter();
    assertThat(filter.getId()).isEqualTo("11");
    assertThat(filter.getState().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(filter.getLabelSelectorMap()).containsEntry("app", "x");
    assertThat(gantry("pods", "-q", "--latest").out()).isEqualTo(ID2 + "\n");
    assertThat(gantry("pods", "-q", "-n", "1").out()).isEqualTo(ID2 + "\n");
  }

  @Test
  void podsAsJsonAndYaml() {
    withPods();
    assertThat(gantry("pods", "-o", "json", "--name", "young").out())
        .startsWith("{\n  \"items\": [\n    {\n      \"id\": \"" + ID2 + "\",")
        .contains("\"state\": \"SANDBOX_NOTREADY\"")
        .contains("\"attempt\": 0");
    assertThat(gantry("pods", "-o", "yaml", "--name", "young").out())
        .startsWith("items:\n- annotations: {}\n  createdAt: \"")
        .contains("state: SANDBOX_NOTREADY");
  }

  @Test
  void aPodInFull() {
    withPods();
    assertThat(gantry("pods", "-v", "--name", "young").out())
        .startsWith("ID: " + ID2 + "\nName: young\nUID: u\nNamespace: default\nAttempt: 0\n")
        .contains("Status: NotReady\n")
        .contains("Runtime: runc\n");
  }

  @Test
  void containersAreListedInCrictlsColumns() {
    withContainers();
    assertThat(gantry("ps", "-a").out())
        .isEqualTo(
            """
            CONTAINER           IMAGE                         CREATED             STATE               NAME                ATTEMPT             POD ID              POD                 NAMESPACE
            2222222222222       docker.io/library/busybox:1   2 minutes ago       Exited              sidecar             0                   ppppppppppppp       web                 default
            1111111111111       ababababababa                 2 hours ago         Running             nginx               0                   ppppppppppppp       web                 default
            """);
  }

  @Test
  void onlyRunningContainersAreAskedForUnlessToldOtherwise() {
    withContainers();
    gantry("ps");
    gantry("ps", "-a");
    gantry("ps", "--state", "exited");
    gantry("ps", "--last", "3");
    gantry("ps", "-p", "abc", "--id", "def");
    var filters =
        runtime().requests(ListContainersRequest.class).stream()
            .map(ListContainersRequest::getFilter)
            .toList();
    assertThat(filters.get(0).getState().getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(filters.get(1).hasState()).isFalse();
    assertThat(filters.get(2).getState().getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(filters.get(3).hasState()).isFalse();
    assertThat(filters.get(4).getPodSandboxId()).isEqualTo("abc");
    assertThat(filters.get(4).getId()).isEqualTo("def");
  }

  @Test
  void containersOfAnImageAreThoseWhoseImageHasItsId() {
    withContainers();
    runtime()
        .answering(
            "ImageStatus",
            ImageStatusRequest.class,
            request -> {
              String name = request.getImage().getImage();
              var image = Image.newBuilder().setId(name.contains("busybox") ? "b" : "other");
              return ImageStatusResponse.newBuilder().setImage(image).build();
            });
    assertThat(gantry("ps", "-a", "-q", "--image", "busybox").out()).isEqualTo(ID2 + "\n");
  }

  @Test
  void imagesAreListedByNameInCrictlsColumns() {
    withImages();
    assertThat(gantry("images").out())
        .isEqualTo(
            """
            IMAGE               TAG                 IMAGE ID            SIZE
            example.org/a       1                   1111111111111       1kB
            example.org/a       latest              1111111111111       1kB
            example.org/b       <none>              2222222222222       4.31MB
            """);
    assertThat(gantry("img", "--digests", "--pinned").out().lines().toList().get(1))
        .isEqualTo(
            "example.org/a       1                   2222222222222       1111111111111      "
                + " 1kB                 true");
  }

  @Test
  void imagesAreFiltered() {
    withImages();
    assertThat(gantry("images", "-q", "-f", "dangling=true").out())
        .isEqualTo("sha256:" + ID2 + "\n");
    assertThat(gantry("images", "-q", "-f", "reference=/a$").out())
        .isEqualTo("sha256:" + ID1 + "\n");
    assertThat(gantry("images", "-q", "-f", "since=" + ID2).out())
        .isEqualTo("sha256:" + ID1 + "\n");
    assertThat(gantry("images", "-q", "-f", "before=example.org/a:1").out())
        .isEqualTo("sha256:" + ID2 + "\n");
    gantry("images", "example.org/a:1");
    assertThat(
            runtime().requests(ListImagesRequest.class).getLast().getFilter().getImage().getImage())
        .isEqualTo("example.org/a:1");
  }

  @Test
  void wrongFiltersAreTold() {
    withPods();
    withContainers();
    withImages();
    assertThat(gantry("pods", "--state", "broken").err())
        .isEqualTo("gantry: --state broken: must be ready or notready\n");
    assertThat(gantry("ps", "--name", "(").err())
        .isEqualTo("gantry: --name (: not a regular expression: Unclosed group\n");
    assertThat(gantry("pods", "--label", "x").err())
        .isEqualTo("gantry: --label x: must be key=value\n");
    assertThat(gantry("images", "-f", "size=1").err()).contains("--filter size=1: must begin with");
    assertThat(gantry("pods", "-o", "xml").exit()).isEqualTo(2);
  }
}
