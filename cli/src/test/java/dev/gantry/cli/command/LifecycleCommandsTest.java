package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.gantry.ImportedImage;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.CreateContainerResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.PullImageResponse;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveContainerResponse;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.RemoveImageResponse;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RemovePodSandboxResponse;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxResponse;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StartContainerResponse;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopContainerResponse;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LifecycleCommandsTest extends CommandTest {
  private void withContainers() {
    runtime()
        .answering(
            "ListContainers",
            ListContainersResponse.newBuilder()
                .addContainers(container(ID1, "nginx", 60))
                .addContainers(container(ID2, "sidecar", 30))
                .build())
        .answering("StartContainer", StartContainerResponse.getDefaultInstance())
        .answering("StopContainer", StopContainerResponse.getDefaultInstance())
        .answering("RemoveContainer", RemoveContainerResponse.getDefaultInstance());
  }

  private void withState(ContainerState state, Path log) {
    runtime()
        .answering(
            "ContainerStatus",
            ContainerStatusResponse.newBuilder()
                .setStatus(ContainerStatus.newBuilder().setState(state).setLogPath(log.toString()))
                .build());
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  @Test
  void aPodIsRunFromJsonAndFromYaml() throws IOException {
    runtime()
        .answering(
            "RunPodSandbox", RunPodSandboxResponse.newBuilder().setPodSandboxId(ID1).build());
    Path json =
        file(
            "pod.json",
            """
            {
            \t"metadata": {"name": "web", "namespace": "default", "attempt": 1},
            \t"log_directory": "/tmp/logs",
            \t"linux": {"security_context": {"namespace_options": {"network": 2}}}
            }
            """);
    Path yaml =
        file(
            "pod.yaml",
            """
            metadata: {name: web, namespace: default, uid: given}
            labels:
              switch: on
            portMappings:
            - containerPort: 80
              hostPort: 8080
              protocol: TCP
            """);
    assertThat(gantry("runp", json.toString())).isEqualTo(new Outcome(0, ID1 + "\n", ""));
    assertThat(gantry("runp", "-r", "runc", yaml.toString()).exit()).isZero();
    var requests = runtime().requests(RunPodSandboxRequest.class);
    var fromJson = requests.getFirst().getConfig();
    assertThat(fromJson.getMetadata().getUid()).isNotEmpty();
    assertThat(fromJson.getMetadata().getAttempt()).isEqualTo(1);
    assertThat(fromJson.getLogDirectory()).isEqualTo("/tmp/logs");
    assertThat(fromJson.getLinux().getSecurityContext().getNamespaceOptions().getNetworkValue())
        .isEqualTo(2);
    var fromYaml = requests.getLast();
    assertThat(fromYaml.getRuntimeHandler()).isEqualTo("runc");
    assertThat(fromYaml.getConfig().getMetadata().getUid()).isEqualTo("given");
    assertThat(fromYaml.getConfig().getLabelsMap()).containsEntry("switch", "on");
    assertThat(fromYaml.getConfig().getPortMappings(0).getHostPort()).isEqualTo(8080);
  }

  @Test
  void aWrongConfigurationIsExplained() throws IOException {
    Path missing = directory.resolve("none.json");
    assertThat(gantry("runp", missing.toString()).err())
        .isEqualTo("gantry: read " + missing + ": no such file\n");
    Path unnamed = file("unnamed.json", "{\"metadata\": {\"namespace\": \"x\"}}");
    assertThat(gantry("runp", unnamed.toString()).err())
        .isEqualTo("gantry: read " + unnamed + ": metadata.name is not set\n");
    Path unknown = file("unknown.yaml", "metadata: {name: a, namespace: b, nmae: c}");
    assertThat(gantry("runp", unknown.toString()).err()).contains("nmae");
    Path broken = file("broken.yaml", "metadata: [\n");
    assertThat(gantry("runp", broken.toString()).err())
        .startsWith("gantry: read " + broken + ": ")
        .hasLineCount(1);
  }

  @Test
  void aContainerIsCreatedInAPodFoundByNameAndItsImagePulled() throws IOException {
    runtime()
        .answering(
            "ListPodSandbox",
            ListPodSandboxResponse.newBuilder().addItems(pod(ID2, "web", 1)).build())
        .answering("PullImage", PullImageResponse.newBuilder().setImageRef("x").build())
        .answering(
            "CreateContainer", CreateContainerResponse.newBuilder().setContainerId(ID1).build());
    Path pod = file("pod.json", "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"}}");
    Path container =
        file(
            "c.yaml",
            "metadata: {name: c}\nimage: {image: busybox}\nenvs: [{key: A, value: QQ==}]\n");
    assertThat(
            gantry(
                "create",
                "--with-pull",
                "--creds",
                "me:secret",
                "web",
                container.toString(),
                pod.toString()))
        .isEqualTo(new Outcome(0, ID1 + "\n", ""));
    var request = runtime().request(CreateContainerRequest.class);
    assertThat(request.getPodSandboxId()).isEqualTo(ID2);
    assertThat(request.getConfig().getImage().getUserSpecifiedImage()).isEqualTo("busybox");
    assertThat(request.getSandboxConfig().getMetadata().getName()).isEqualTo("web");
    var pull = runtime().request(PullImageRequest.class);
    assertThat(pull.getAuth().getUsername()).isEqualTo("me");
    assertThat(pull.getAuth().getPassword()).isEqualTo("secret");
  }

  @Test
  void containersAreFoundByIdByItsBeginningAndByName() {
    withContainers();
    assertThat(gantry("start", ID1, "22", "nginx"))
        .isEqualTo(new Outcome(0, ID1 + "\n22\nnginx\n", ""));
    assertThat(runtime().requests(StartContainerRequest.class))
        .extracting(StartContainerRequest::getContainerId)
        .containsExactly(ID1, ID2, ID1);
  }

  @Test
  void oneThatIsNotFoundDoesNotKeepTheOthersBack() {
    withContainers();
    assertThat(gantry("stop", "-t", "7", "none", "nginx"))
        .isEqualTo(
            new Outcome(
                1,
                "nginx\n",
                "gantry: no container has the id or name none\n  list them: gantry ps -a\n"));
    assertThat(runtime().request(StopContainerRequest.class).getTimeout()).isEqualTo(7);
  }

  @Test
  void whatIsRunningIsRemovedByForceOnly() throws IOException {
    withContainers();
    Path log = file("0.log", "");
    file("0.log.1", "");
    Path other = file("1.log", "");
    withState(ContainerState.CONTAINER_RUNNING, log);
    assertThat(gantry("rm", "nginx").err())
        .startsWith("gantry: remove container nginx: it is running\n");
    assertThat(runtime().requests(RemoveContainerRequest.class)).isEmpty();
    assertThat(gantry("rm", "-f", "nginx")).isEqualTo(new Outcome(0, "nginx\n", ""));
    assertThat(runtime().requests(StopContainerRequest.class)).hasSize(1);
    assertThat(directory.toFile().list()).contains("1.log").doesNotContain("0.log", "0.log.1");
    assertThat(other).exists();
  }

  @Test
  void logsMayBeKept() throws IOException {
    withContainers();
    Path log = file("0.log", "");
    withState(ContainerState.CONTAINER_EXITED, log);
    assertThat(gantry("rm", "-k", "nginx").exit()).isZero();
    assertThat(log).exists();
  }

  @Test
  void allPodsAreRemovedByForce() {
    runtime()
        .answering(
            "ListPodSandbox",
            ListPodSandboxResponse.newBuilder().addItems(pod(ID2, "web", 1)).build())
        .answering(
            "PodSandboxStatus",
            PodSandboxStatusResponse.newBuilder()
                .setStatus(PodSandboxStatus.newBuilder().setState(PodSandboxState.SANDBOX_READY))
                .build())
        .answering("StopPodSandbox", StopPodSandboxResponse.getDefaultInstance())
        .answering("RemovePodSandbox", RemovePodSandboxResponse.getDefaultInstance());
    assertThat(gantry("rmp", "web").exit()).isEqualTo(1);
    assertThat(gantry("rmp", "-af"))
        .isEqualTo(
            new Outcome(0, "Stopped sandbox " + ID2 + "\nRemoved sandbox " + ID2 + "\n", ""));
    assertThat(runtime().request(StopPodSandboxRequest.class).getPodSandboxId()).isEqualTo(ID2);
    assertThat(runtime().request(RemovePodSandboxRequest.class).getPodSandboxId()).isEqualTo(ID2);
  }

  @Test
  void aRemovedImageIsNamed() {
    var image = Image.newBuilder().setId("sha256:" + ID1).addRepoTags("a:1").addRepoTags("a:2");
    runtime()
        .answering(
            "ImageStatus",
            dev.gantry.cri.v1.ImageStatusRequest.class,
            request ->
                request.getImage().getImage().equals("a:1")
                    ? ImageStatusResponse.newBuilder().setImage(image).build()
                    : ImageStatusResponse.newBuilder()
                        .setImage(image.clone().clearRepoTags().addRepoTags("a:2"))
                        .build())
        .answering("RemoveImage", RemoveImageResponse.getDefaultInstance());
    assertThat(gantry("rmi", "a:1")).isEqualTo(new Outcome(0, "Deleted: a:1\n", ""));
    assertThat(runtime().request(RemoveImageRequest.class).getImage().getImage()).isEqualTo("a:1");
    runtime().answering("ImageStatus", ImageStatusResponse.getDefaultInstance());
    assertThat(gantry("rmi", "b").err()).isEqualTo("gantry: remove image b: no such image\n");
  }

  @Test
  void aCommandsOutputAndExitCodeAreItsOwn() {
    withContainers();
    runtime()
        .answering(
            "ExecSync",
            ExecSyncResponse.newBuilder()
                .setStdout(ByteString.copyFromUtf8("out"))
                .setStderr(ByteString.copyFromUtf8("err"))
                .setExitCode(3)
                .build());
    assertThat(gantry("exec", "--sync", "--timeout", "5", "nginx", "ls", "-l", "--sync"))
        .isEqualTo(new Outcome(3, "out", "err"));
    var request = runtime().request(ExecSyncRequest.class);
    assertThat(request.getCmdList()).containsExactly("ls", "-l", "--sync");
    assertThat(request.getTimeout()).isEqualTo(5);
    assertThat(gantry("exec", "-s", "--latest", "ls"))
        .isEqualTo(new Outcome(3, ID2 + ":\nout", "err"));
    assertThat(gantry("exec", "-it", "nginx", "sh").err()).contains("does not serve this (Exec)");
  }

  @Test
  void aPullsFailureIsTheRuntimesOwn() {
    runtime()
        .failing(
            "PullImage", Status.UNKNOWN.withDescription("pull a:1: manifest: 401 Unauthorized"));
    assertThat(gantry("pull", "a:1"))
        .isEqualTo(new Outcome(1, "", "gantry: pull a:1: manifest: 401 Unauthorized\n"));
    runtime().answering("PullImage", PullImageResponse.newBuilder().setImageRef("r").build());
    assertThat(gantry("pull", "-a", "k=v", "a:1").out()).isEqualTo("Image is up to date for r\n");
    assertThat(runtime().requests(PullImageRequest.class).getLast().getImage().getAnnotationsMap())
        .containsEntry("k", "v");
  }

  @Test
  void anArchiveIsSent() throws IOException {
    runtime()
        .answering(
            "ImportImages",
            ImportImagesResponse.newBuilder()
                .addImages(ImportedImage.newBuilder().setId("sha256:1").addNames("a:1"))
                .addImages(ImportedImage.newBuilder().setId("sha256:2"))
                .build());
    Path archive = file("a.tar", "bytes");
    assertThat(gantry("import", archive.toString()).out()).isEqualTo("a:1 sha256:1\nsha256:2\n");
    var sent = runtime().requests(ImportImagesRequest.class).getFirst();
    assertThat(sent.getName()).isEqualTo(archive.toString());
    assertThat(sent.getData().toStringUtf8()).isEqualTo("bytes");
    assertThat(gantry("import", "-q", archive.toString()).out()).isEqualTo("sha256:1\nsha256:2\n");
    assertThat(gantry("import", "/no/such.tar").err())
        .isEqualTo("gantry: import /no/such.tar: no such file\n");
  }
}
