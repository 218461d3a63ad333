package dev.gantry.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An image made in memory, in OCI's or Docker's form. */
public final class TestImage implements TestArtifact {
  /** The two families of media types. */
  public enum Format {
    OCI("application/vnd.oci.image."),
    DOCKER("application/vnd.docker.");

    private final String prefix;

    Format(String prefix) {
      this.prefix = prefix;
    }

    String manifest() {
      return prefix + (this == OCI ? "manifest.v1+json" : "distribution.manifest.v2+json");
    }

    String index() {
      return prefix + (this == OCI ? "index.v1+json" : "distribution.manifest.list.v2+json");
    }

    String config() {
      return prefix + (this == OCI ? "config.v1+json" : "container.image.v1+json");
    }

    String layer(TestLayer.Compression compression) {
      String base = prefix + (this == OCI ? "layer.v1.tar" : "image.rootfs.diff.tar");
      String separator = this == OCI ? "+" : ".";
      return switch (compression) {
        case NONE -> base;
        case GZIP -> base + separator + "gzip";
        case ZSTD -> base + separator + "zstd";
      };
    }
  }

  private final Format format;
  private final String os;
  private final String arch;
  private final @Nullable String variant;
  private final List<TestLayer> layers;
  private final byte[] config;
  private final byte[] manifest;

  private TestImage(Builder builder) {
    format = builder.format;
    os = builder.os;
    arch = builder.arch;
    variant = builder.variant;
    layers = List.copyOf(builder.layers);
    config = Json.bytes(builder.configDocument());
    manifest = Json.bytes(manifestDocument(builder.mediaTypeInManifest));
  }

  /** Starts an OCI image for the platform the tests run on, without layers. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns an image of the machine's busybox: {@code /bin/sh} and every applet, the libraries they
   * need, the users root, nobody and www-data; {@code Cmd} is {@code sh}.
   */
  public static TestImage busybox() {
    return busyboxBuilder().build();
  }

  /** Starts from {@link #busybox}, for an image with more layers or another configuration. */
  public static Builder busyboxBuilder() {
    return builder()
        .layer(BusyboxLayer.get())
        .env("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .cmd("sh");
  }

  /** Returns the configuration's JSON text. */
  public byte[] config() {
    return config.clone();
  }

  /** Returns the image's id: the digest of its configuration. */
  public String id() {
    return Hash.sha256(config);
  }

  /** Returns the layers, base layer first. */
  public List<TestLayer> layers() {
    return layers;
  }

  @Override
  public byte[] manifest() {
    return manifest.clone();
  }

  @Override
  public String mediaType() {
    return format.manifest();
  }

  @Override
  public List<TestImage> children() {
    return List.of();
  }

  @Override
  public Map<String, byte[]> blobs() {
    Map<String, byte[]> blobs = new LinkedHashMap<>();
    blobs.put(id(), config.clone());
    for (TestLayer layer : layers) {
      blobs.put(layer.digest(), layer.blob());
    }
    return blobs;
  }

  Format format() {
    return format;
  }

  Map<String, Object> platform() {
    Map<String, Object> platform = new LinkedHashMap<>();
    platform.put("architecture", arch);
    platform.put("os", os);
    if (variant != null) {
      platform.put("variant", variant);
    }
    return platform;
  }

  private Map<String, Object> manifestDocument(boolean mediaTypeInManifest) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schemaVersion", 2);
    if (mediaTypeInManifest) {
      document.put("mediaType", format.manifest());
    }
    document.put("config", descriptor(format.config(), config));
    List<Object> list = new ArrayList<>();
    for (TestLayer layer : layers) {
      list.add(descriptor(format.layer(layer.compression()), layer.blob()));
    }
    document.put("layers", list);
    return document;
  }

  static Map<String, Object> descriptor(String mediaType, byte[] content) {
    Map<String, Object> descriptor = new LinkedHashMap<>();
    descriptor.put("mediaType", mediaType);
    descriptor.put("digest", Hash.sha256(content));
    descriptor.put("size", content.length);
    return descriptor;
  }

  /** Collects what an image is made of. */
  public static final class Builder {
    private Format format = Format.OCI;
    private boolean mediaTypeInManifest = true;
    private String os = "linux";
    private String arch = hostArch();
    private @Nullable String variant;
    private final List<TestLayer> layers = new ArrayList<>();
    private final Map<String, @Nullable Object> config = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> top = new LinkedHashMap<>();

    private Builder() {}

    public Builder format(Format newFormat) {
      format = newFormat;
      return this;
    }

    /** Leaves the media type out of the manifest, as OCI allows. */
    public Builder withoutMediaType() {
      mediaTypeInManifest = false;
      return this;
    }

    public Builder platform(String newOs, String newArch, @Nullable String newVariant) {
      os = newOs;
      arch = newArch;
      variant = newVariant;
      return this;
    }

    /** Adds a gzipped layer on top. */
    public Builder layer(TarEntry... entries) {
      return layer(TestLayer.gzip(Arrays.asList(entries)));
    }

    /** Adds a layer on top. */
    public Builder layer(TestLayer layer) {
      layers.add(layer);
      return this;
    }

    public Builder user(String user) {
      return config("User", user);
    }

    /** Sets {@code NAME=value} strings. */
    public Builder env(String... env) {
      return config("Env", List.of(env));
    }

    public Builder entrypoint(String... entrypoint) {
      return config("Entrypoint", List.of(entrypoint));
    }

    public Builder cmd(String... cmd) {
      return config("Cmd", List.of(cmd));
    }

    public Builder workingDir(String dir) {
      return config("WorkingDir", dir);
    }

    public Builder stopSignal(String signal) {
      return config("StopSignal", signal);
    }

    public Builder labels(Map<String, String> labels) {
      return config("Labels", labels);
    }

    public Builder volumes(String... paths) {
      return config("Volumes", emptyObjects(paths));
    }

    /** Sets {@code port/protocol} strings. */
    public Builder exposedPorts(String... ports) {
      return config("ExposedPorts", emptyObjects(ports));
    }

    /** Sets any property of the configuration's {@code config}, null included. */
    public Builder config(String key, @Nullable Object value) {
      config.put(key, value);
      return this;
    }

    /** Sets any property of the configuration document itself, null included. */
    public Builder property(String key, @Nullable Object value) {
      top.put(key, value);
      return this;
    }

    public TestImage build() {
      return new TestImage(this);
    }

    private Map<String, @Nullable Object> configDocument() {
      Map<String, @Nullable Object> document = new LinkedHashMap<>();
      document.put("created", "2026-01-02T03:04:05Z");
      document.put("architecture", arch);
      document.put("os", os);
      if (variant != null) {
        document.put("variant", variant);
      }
      document.put("config", config);
      Map<String, Object> rootfs = new LinkedHashMap<>();
      rootfs.put("type", "layers");
      rootfs.put("diff_ids", layers.stream().map(TestLayer::diffId).toList());
      document.put("rootfs", rootfs);
      document.putAll(top);
      return document;
    }

    private static Map<String, Object> emptyObjects(String... names) {
      Map<String, Object> map = new LinkedHashMap<>();
      for (String name : names) {
        map.put(name, Map.of());
      }
      return map;
    }

    private static String hostArch() {
      String arch = System.getProperty("os.arch", "amd64");
      return arch.equals("aarch64") ? "arm64" : arch;
    }
  }
}
