package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Finds the pod or container that a person means: by id, by the beginning of its id, or by its
 * name. Whole ids are taken as they are, so that scripts pay for no further call.
 */
public final class Resolve {
  private static final Pattern WHOLE_ID = Pattern.compile("[0-9a-f]{64}");

  private Resolve() {}

  /**
   * The id of a container.
   *
   * @throws CliFailure when nothing, or more than one, is meant
   */
  public static String container(CriClient client, String text) {
    if (WHOLE_ID.matcher(text).matches()) {
      return text;
    }
    List<Container> all = ContainerQuery.everything("").list(client);
    return find("container", text, all, Container::getId, c -> c.getMetadata().getName());
  }

  /**
   * The id of a pod.
   *
   * @throws CliFailure when nothing, or more than one, is meant
   */
  public static String pod(CriClient client, String text) {
    if (WHOLE_ID.matcher(text).matches()) {
      return text;
    }
    List<PodSandbox> all = PodQuery.everything("").list(client);
    String name = text.replaceFirst("^pods?/", "");
    List<PodSandbox> ready =
        all.stream()
            .filter(p -> p.getMetadata().getName().equals(name))
            .filter(p -> p.getState() == PodSandboxState.SANDBOX_READY)
            .toList();
    if (ready.size() == 1) {
      return ready.getFirst().getId(); // those of its past do not matter
    }
    return find("pod", text, all, PodSandbox::getId, p -> p.getMetadata().getName());
  }

  private static <T> String find(
      String kind, String text, List<T> all, Function<T, String> id, Function<T, String> name) {
    if (text.isEmpty()) {
      throw CliFailure.usage("the id of a " + kind + " may not be empty");
    }
    List<String> found = all.stream().map(id).filter(i -> i.startsWith(text)).toList();
    if (found.isEmpty()) {
      found = all.stream().filter(t -> name.apply(t).equals(text)).map(id).toList();
    }
    if (found.isEmpty()) {
      throw CliFailure.of("no " + kind + " has the id or name " + text)
          .advise("list them: gantry " + (kind.equals("pod") ? "pods" : "ps -a"));
    }
    if (found.size() > 1) {
      throw CliFailure.of(
          found.size() + " " + kind + "s have the id or name " + text + ": " + shortened(found));
    }
    return found.getFirst();
  }

  private static String shortened(List<String> ids) {
    return String.join(
        ", ", ids.stream().map(i -> i.substring(0, Math.min(13, i.length()))).toList());
  }
}
