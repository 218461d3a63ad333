package dev.gantry.daemon.config;

import dev.gantry.daemon.config.ConfigKey.Kind;
import java.util.List;

/** Every setting of the daemon. Adding one here puts it into the parser and the reference page. */
public final class ConfigKeys {
  static final ConfigKey ROOT =
      new ConfigKey(
          "root",
          Kind.STRING,
          "/var/lib/gantry",
          "root",
          "Directory of what must outlive a restart of the machine: images, container layers and"
              + " the records of pods. One daemon at a time may use it.");
  static final ConfigKey STATE =
      new ConfigKey(
          "state",
          Kind.STRING,
          "/run/gantry",
          "state",
          "Directory of what lives until the next restart of the machine: namespaces, mounts,"
              + " bundles and sockets. Put it on a tmpfs.");
  static final ConfigKey LISTEN =
      new ConfigKey(
          "listen",
          Kind.STRING,
          "unix:///run/gantry/gantry.sock",
          "listen",
          "Where the CRI is served. A unix socket; its directory is made with mode 0700.");
  static final ConfigKey LOG_LEVEL =
      new ConfigKey(
          "log_level",
          Kind.STRING,
          "info",
          "log-level",
          "What is logged: error, warn, info, debug or trace.");
  static final ConfigKey LOG_FORMAT =
      new ConfigKey(
          "log_format",
          Kind.STRING,
          "json",
          "log-format",
          "How it is logged on standard error: json, one object a line, or text.");
  static final ConfigKey CGROUP_DRIVER =
      new ConfigKey(
          "cgroup_driver",
          Kind.STRING,
          "auto",
          "",
          "Who makes cgroups: cgroupfs, systemd, or auto, which is systemd where it runs with"
              + " cgroup v2 and cgroupfs elsewhere. The kubelet takes this answer as its own.");
  static final ConfigKey CGROUP_PARENT =
      new ConfigKey(
          "cgroup_parent",
          Kind.STRING,
          "/gantry",
          "",
          "Cgroup below which pods go that name no parent. The kubelet always names one. With the"
              + " systemd driver such pods are in /system.slice, and here are only the inits of"
              + " shared PID namespaces.");
  static final ConfigKey MONITORS_CGROUP =
      new ConfigKey(
          "monitors_cgroup",
          Kind.STRING,
          "/gantry-monitors",
          "",
          "Cgroup of the conmon processes, outside the daemon's own, so that restarting the"
              + " service touches no container.");
  static final ConfigKey DEFAULT_RUNTIME =
      new ConfigKey(
          "default_runtime",
          Kind.STRING,
          "auto",
          "",
          "Handler of pods that name none: the name of a [runtimes] table, or auto, which is crun"
              + " where a trial container runs and runc elsewhere.");
  static final ConfigKey CONMON =
      new ConfigKey("conmon", Kind.STRING, "conmon", "", "The conmon binary, a path or a name.");
  static final ConfigKey CATATONIT =
      new ConfigKey(
          "catatonit",
          Kind.STRING,
          "catatonit",
          "",
          "The init of pods that share one PID namespace, a path or a name. It must be static.");
  static final ConfigKey CDI_DIRS =
      new ConfigKey(
          "container.cdi_dirs",
          Kind.STRINGS,
          List.of("/etc/cdi", "/var/run/cdi"),
          "",
          "Directories of CDI files (*.json, *.yaml), which say what a container needs that asks for"
              + " a vendor's device; a later directory goes before an earlier one. Read anew for"
              + " every container that asks.");
  static final ConfigKey BLOCKIO_CONFIG =
      new ConfigKey(
          "container.blockio_config",
          Kind.STRING,
          "",
          "",
          "A YAML file of block I/O classes, as containerd and CRI-O read it, from which pods choose"
              + " by the annotations blockio.resources.beta.kubernetes.io/pod and"
              + " .../container.<name>. Read anew for every container that has a class; empty for"
              + " none.");
  static final ConfigKey PIDS_LIMIT =
      new ConfigKey(
          "container.pids_limit",
          Kind.INTEGER,
          0L,
          "",
          "Most processes and threads of one container, 0 for no limit. The kubelet limits whole"
              + " pods by itself.");
  static final ConfigKey FULL_LOG_DISK =
      new ConfigKey(
          "container.full_log_disk",
          Kind.STRING,
          "wait",
          "",
          "What becomes of output while the disk of a container's log is full: wait, no line is lost"
              + " and a container that writes more than its pipe holds waits until there is room, or"
              + " drop, it is lost and the container goes on, as with containerd and CRI-O.");
  static final ConfigKey IMAGE_DIRECTORY =
      new ConfigKey(
          "image.directory",
          Kind.STRING,
          "",
          "",
          "Directory of images, perhaps on another file system; empty means images in root. One"
              + " daemon at a time may use it.");
  static final ConfigKey PINNED =
      new ConfigKey(
          "image.pinned",
          Kind.STRINGS,
          List.of(),
          "",
          "Names or ids of images that garbage collection and prune leave alone, as the kubelet is"
              + " told; * stands for anything: registry.k8s.io/pause:3.9, registry.k8s.io/*.");
  static final ConfigKey CERTS_DIRS =
      new ConfigKey(
          "image.certs_dirs",
          Kind.STRINGS,
          List.of(
              "/etc/gantry/certs.d",
              "/etc/containerd/certs.d",
              "/etc/docker/certs.d",
              "/etc/containers/certs.d"),
          "",
          "Directories of containerd's <host>/hosts.toml or Docker's <host>/{*.crt,*.cert,*.key};"
              + " the first that has the host wins, then the first with _default. Read anew for"
              + " every pull.");
  static final ConfigKey REGISTRIES_CONF =
      new ConfigKey(
          "image.registries_conf",
          Kind.STRING,
          "/etc/containers/registries.conf",
          "",
          "A containers-registries.conf(5), version 2, with drop-ins beside it in"
              + " registries.conf.d. What it blocks is blocked; a hosts.toml of the registry's own"
              + " in certs_dirs goes before its mirrors and locations, and these before _default."
              + " Its aliases and unqualified-search-registries are for names without a registry,"
              + " which else mean Docker Hub. Read anew when it changes; empty for none.");
  static final ConfigKey AUTH_FILES =
      new ConfigKey(
          "image.auth_files",
          Kind.STRINGS,
          List.of(
              "/run/containers/0/auth.json",
              "/root/.config/containers/auth.json",
              "/root/.docker/config.json",
              "/var/lib/kubelet/config.json"),
          "",
          "Credentials for pulls that bring none: containers-auth.json(5) or Docker's config.json,"
              + " with credHelpers and credsStore. The first file with some for the repository"
              + " wins; $REGISTRY_AUTH_FILE goes before them. Read when a registry asks.");
  static final ConfigKey PARALLEL_LAYERS =
      new ConfigKey(
          "image.parallel_layers",
          Kind.INTEGER,
          4L,
          "",
          "How many layers of one pull are fetched and unpacked at a time, 1 to 32.");
  static final ConfigKey MOUNT_ARCHIVES =
      new ConfigKey(
          "image.mount_archives",
          Kind.BOOLEAN,
          true,
          "",
          "Keep a layer as the archive it came as, with an index that the kernel mounts (EROFS),"
              + " instead of unpacking it, where the kernel can (Linux 6.15, no SELinux). Layers"
              + " that are there stay as they are.");
  static final ConfigKey CONNECTIONS =
      new ConfigKey(
          "image.connections",
          Kind.INTEGER,
          4L,
          "",
          "Most connections for one layer of 16 MiB and more, 1 to 16. More than one are opened only"
              + " while they bring more and the registry sends parts.");
  static final ConfigKey STALL_TIMEOUT =
      new ConfigKey(
          "image.stall_timeout",
          Kind.DURATION,
          "30s",
          "",
          "How long a connection to a registry may bring no byte before it is given up and the"
              + " transfer goes on over another one, 1s to 1h.");
  static final ConfigKey ABANDONED_PULL =
      new ConfigKey(
          "image.abandoned_pull",
          Kind.DURATION,
          "10m",
          "",
          "How long a pull goes on when nobody waits for it any more, so that the retry of a caller"
              + " that timed out joins it; then it is cancelled. 0s to 24h.");
  static final ConfigKey POLICY_FILE =
      new ConfigKey(
          "image.policy_file",
          Kind.STRING,
          "/etc/containers/policy.json",
          "",
          "Which images may come in, by a pull or an import: a containers-policy.json(5). Read anew"
              + " when it changes. If the default file is missing every image may; another file"
              + " must exist. Signatures of sigstoreSigned are looked for in the image's"
              + " repository, whatever registries.d says.");
  static final ConfigKey CNI_CONFIG_DIRS =
      new ConfigKey(
          "network.config_dirs",
          Kind.STRINGS,
          List.of("/etc/cni/net.d"),
          "",
          "Where CNI configurations are looked for; the first valid file by name is the pod"
              + " network. Watched for changes.");
  static final ConfigKey CNI_PLUGIN_DIRS =
      new ConfigKey(
          "network.plugin_dirs",
          Kind.STRINGS,
          List.of("/opt/cni/bin", "/usr/lib/cni"),
          "",
          "Where CNI plug-ins are looked for, in this order.");
  static final ConfigKey CNI_TIMEOUT =
      new ConfigKey(
          "network.plugin_timeout",
          Kind.DURATION,
          "60s",
          "",
          "How long one call of a CNI plug-in may take before it is killed.");
  static final ConfigKey DEFAULT_NETWORK =
      new ConfigKey(
          "network.default_network",
          Kind.BOOLEAN,
          false,
          "",
          "Use a built-in bridge, named and numbered after the state directory, instead of a CNI"
              + " configuration. Leave it off on a node of a cluster.");
  static final ConfigKey CONF_TEMPLATE =
      new ConfigKey(
          "network.conf_template",
          Kind.STRING,
          "",
          "",
          "A CNI .conflist in which {{.PodCIDR}}, {{range $i, $cidr := .PodCIDRRanges}} and"
              + " {{range $i, $route := .Routes}} stand for what the kubelet tells of the node's pod"
              + " CIDRs, as in containerd's conf_template. It becomes 10-gantry-pod-cidr.conflist"
              + " in the first of config_dirs unless another configuration is there.");
  static final ConfigKey METRICS_ADDRESS =
      new ConfigKey(
          "metrics.address",
          Kind.STRING,
          "",
          "",
          "Where Prometheus finds /metrics over plain HTTP, as 127.0.0.1:9101 or [::1]:9101; empty"
              + " means nowhere, and then nothing is counted.");
  static final ConfigKey STREAMING_ADDRESS =
      new ConfigKey(
          "streaming.address",
          Kind.STRING,
          "127.0.0.1:0",
          "",
          "Address and port of the HTTP server for exec, attach and port-forward; port 0 is any that"
              + " is free. It listens from the first such call on. An address that is not loopback"
              + " needs streaming.tls.");
  static final ConfigKey STREAMING_TLS =
      new ConfigKey(
          "streaming.tls",
          Kind.BOOLEAN,
          false,
          "",
          "Serve exec, attach and port-forward over TLS: with the certificate of streaming.tls_cert,"
              + " or with one that the daemon makes and signs itself.");
  static final ConfigKey STREAMING_CERT =
      new ConfigKey(
          "streaming.tls_cert",
          Kind.STRING,
          "",
          "",
          "PEM file of the streaming server's certificate and those above it; empty for one of the"
              + " daemon's own making. Read again when it changes.");
  static final ConfigKey STREAMING_KEY =
      new ConfigKey(
          "streaming.tls_key",
          Kind.STRING,
          "",
          "",
          "PEM file of the private key of streaming.tls_cert, PKCS#8.");
  static final ConfigKey STREAMING_IDLE =
      new ConfigKey(
          "streaming.idle_timeout",
          Kind.DURATION,
          "4h",
          "",
          "After how long a stream ends on which nothing moved.");
  static final ConfigKey STREAMING_CREATION =
      new ConfigKey(
          "streaming.creation_timeout",
          Kind.DURATION,
          "30s",
          "",
          "How long a client may take to open its streams after it has connected.");
  static final ConfigKey ALLOWED_ANNOTATIONS =
      new ConfigKey(
          "runtimes.*.allowed_annotations",
          Kind.STRINGS,
          List.of(),
          "",
          "Names of pod and container annotations that are handed to this OCI runtime; * stands for"
              + " anything: io.example.*, *.example.org/trace. Those that give power over the host"
              + " never are: run.oci.*, org.systemd.property.*, io.kubernetes.cri.* and"
              + " dev.gvisor.spec.cgroup-parent.");
  static final ConfigKey RUNTIME_ROOT =
      new ConfigKey(
          "runtimes.*.root",
          Kind.STRING,
          "",
          "",
          "Directory of the runtime's own state, this handler's alone; empty means runtimes/* in"
              + " state. Change it only while no container of the handler exists.");
  static final ConfigKey RUNTIME_OPTIONS =
      new ConfigKey(
          "runtimes.*.options",
          Kind.STRINGS,
          List.of(),
          "",
          "Options given to the runtime before its command, as in [\"--platform=systrap\"].");
  static final ConfigKey BASE_SPEC =
      new ConfigKey(
          "runtimes.*.base_spec",
          Kind.STRING,
          "",
          "",
          "JSON file in the form of an OCI config.json, whose process.env, process.rlimits, mounts,"
              + " hooks, annotations and linux.sysctl every container of the handler gets where the"
              + " request, the image and Gantry say nothing else; what else it holds is theirs to"
              + " decide and not taken. Read at start.");
  static final ConfigKey RUNTIME_PATH =
      new ConfigKey(
          "runtimes.*.path",
          Kind.STRING,
          "",
          "",
          "The binary of the handler * , a path or a name; empty means the handler's own name. With"
              + " no [runtimes] table the handlers are crun and runc.");

  /** All keys, in the order of the reference page. */
  public static final List<ConfigKey> ALL =
      List.of(
          ROOT,
          STATE,
          LISTEN,
          LOG_LEVEL,
          LOG_FORMAT,
          CGROUP_DRIVER,
          CGROUP_PARENT,
          MONITORS_CGROUP,
          DEFAULT_RUNTIME,
          CONMON,
          CATATONIT,
          CDI_DIRS,
          BLOCKIO_CONFIG,
          PIDS_LIMIT,
          FULL_LOG_DISK,
          IMAGE_DIRECTORY,
          PINNED,
          CERTS_DIRS,
          REGISTRIES_CONF,
          AUTH_FILES,
          PARALLEL_LAYERS,
          MOUNT_ARCHIVES,
          CONNECTIONS,
          STALL_TIMEOUT,
          ABANDONED_PULL,
          POLICY_FILE,
          CNI_CONFIG_DIRS,
          CNI_PLUGIN_DIRS,
          CNI_TIMEOUT,
          DEFAULT_NETWORK,
          CONF_TEMPLATE,
          METRICS_ADDRESS,
          STREAMING_ADDRESS,
          STREAMING_TLS,
          STREAMING_CERT,
          STREAMING_KEY,
          STREAMING_IDLE,
          STREAMING_CREATION,
          RUNTIME_PATH,
          RUNTIME_ROOT,
          RUNTIME_OPTIONS,
          ALLOWED_ANNOTATIONS,
          BASE_SPEC);

  private ConfigKeys() {}
}
