package dev.gantry.image.policy;

import dev.gantry.oci.ImageReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an image comes from, in the words of containers-policy.json(5): a transport and the scopes
 * that may be meant.
 */
public sealed interface ImageOrigin {
  /** The transport's name in the policy. */
  String transport();

  /** The scopes that match, the most specific first; the transport's default {@code ""} is last. */
  List<String> scopes();

  /** The name that a signature has to be for, null where there is none. */
  @Nullable ImageReference identity();

  /**
   * A registry, transport {@code docker}.
   *
   * @param reference as it was asked for; a tag beside a digest does not count
   */
  record Registry(ImageReference reference) implements ImageOrigin {
    @Override
    public String transport() {
      return "docker";
    }

    @Override
    public ImageReference identity() {
      var digest = reference.digest();
      return digest == null ? reference : reference.withDigest(digest);
    }

    @Override
    public List<String> scopes() {
      var scopes = new ArrayList<String>();
      scopes.add(identity().toString());
      String name = reference.name();
      for (int slash = name.length(); slash > 0; slash = name.lastIndexOf('/')) {
        name = name.substring(0, slash);
        scopes.add(name);
      }
      int port = name.indexOf(':');
      String domain = port < 0 ? name : name.substring(0, port);
      for (int dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.')) {
        domain = domain.substring(dot + 1);
        scopes.add("*." + domain);
      }
      scopes.add("");
      return scopes;
    }

    @Override
    public String toString() {
      return "docker:" + reference;
    }
  }

  /** The kinds of local files. */
  enum FileKind {
    /** A directory with an OCI layout. */
    OCI("oci"),
    /** An OCI layout in an archive. */
    OCI_ARCHIVE("oci-archive"),
    /** What {@code docker save} writes; its scopes name no file. */
    DOCKER_ARCHIVE("docker-archive");

    private final String transport;

    FileKind(String transport) {
      this.transport = transport;
    }
  }

  /**
   * A local file or directory, which carries no signatures.
   *
   * @param path absolute and without links, null for what came as a stream
   */
  record LocalFile(FileKind kind, @Nullable Path path) implements ImageOrigin {
    @Override
    public String transport() {
      return kind.transport;
    }

    @Override
    public @Nullable ImageReference identity() {
      return null;
    }

    @Override
    public List<String> scopes() {
      var scopes = new ArrayList<String>();
      if (kind != FileKind.DOCKER_ARCHIVE) {
        for (Path p = path; p != null && p.getNameCount() > 0; p = p.getParent()) {
          scopes.add(p.toString());
        }
      }
      scopes.add("");
      return scopes;
    }

    @Override
    public String toString() {
      return kind.transport + ":" + (path == null ? "(a stream)" : path);
    }
  }
}
