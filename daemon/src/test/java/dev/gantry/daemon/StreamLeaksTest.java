package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.streaming.client.ForwardedPorts;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a daemon in a process of its own holds, after clients that vanished at random moments. */
@SuppressWarnings("FutureReturnValueIgnored") // clients that a test ends from outside
class StreamLeaksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int ROUNDS = Integer.getInteger("gantry.streams", 60);
  private static final int READERS = 8;
  private static final long MIB = 1 << 20;
  private static final String[] SCRIPT = {"sh", "-c", "sleep 7777 & yes & cat"};

  // Its first process waits for the orphans that the kernel gives it. Left to itself, nc ignores
  // the ends of its children only after it has started one, and that one may have ended by then.
  private static final String[] SERVER = {
    "sh", "-c", "(trap '' CHLD; exec nc -ll -p 7000 -e cat) & while :; do sleep 0.1; done"
  };

  private static final Pattern OF_CLIENTS =
      Pattern.compile("7777|root +(yes|cat|sh -c sleep|.*\\[)");

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final Node node = Node.options().inOwnProcess().start();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void closeNode() {
    threads.shutdownNow();
    node.close();
  }

  private Path proc(String name) {
    return Path.of("/proc", Long.toString(node.pid()), name);
  }

  /** How many descriptors of each kind: pipe, socket, pidfd, terminal, namespace, event loop … */
  private Map<String, Integer> descriptors() throws IOException {
    Map<String, Integer> kinds = new TreeMap<>();
    try (Stream<Path> all = Files.list(proc("fd"))) {
      for (Path fd : all.toList()) {
        try {
          kinds.merge(kind(Files.readSymbolicLink(fd).toString()), 1, Integer::sum);
        } catch (IOException closed) {
          // Between the list and the look.
        }
      }
    }
    // What is loaded with the first use of something, and then stays.
    kinds.remove("jar");
    return kinds;
  }

  private static String kind(String target) {
    if (target.startsWith("/")) {
      return target.endsWith(".jar") ? "jar" : target.startsWith("/dev/pt") ? "terminal" : target;
    }
    return target.replaceAll(":\\[\\d+]$", "");
  }

  /** The network namespaces that threads of the daemon are in; others than its own are leaks. */
  private List<String> networks() throws IOException {
    try (Stream<Path> tasks = Files.list(proc("task"))) {
      return tasks.map(StreamLeaksTest::network).distinct().toList();
    }
  }

  private static String network(Path task) {
    try {
      return Files.readSymbolicLink(task.resolve("ns/net")).toString();
    } catch (IOException ended) {
      return "";
    }
  }

  /** The names of its threads, which say what each is for; numbers are left out. */
  private Set<String> threadNames() throws IOException {
    try (Stream<Path> tasks = Files.list(proc("task"))) {
      return tasks.map(StreamLeaksTest::name).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm")).strip().replaceAll("\\d+", "");
    } catch (IOException ended) {
      return "";
    }
  }

  private long residentBytes() throws IOException {
    return Files.readAllLines(proc("status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  private long threadCount() throws IOException {
    try (Stream<Path> tasks = Files.list(proc("task"))) {
      return tasks.count();
    }
  }

  private RemoteCommand exec(TestContainer container, Transport transport, boolean terminal)
      throws IOException {
    RemoteCommand client =
        new StreamClients(node, transport).connectExec(container, true, terminal, SCRIPT);
    run(client, terminal);
    return client;
  }

  private void run(RemoteCommand client, boolean terminal) throws IOException {
    OutputStream out = OutputStream.nullOutputStream();
    InputStream in = new PipedInputStream(new PipedOutputStream());
    threads.submit(() -> client.run(in, out, terminal ? null : out, () -> {}, () -> {}));
  }

  private AutoCloseable attach(TestContainer container, Transport transport) throws IOException {
    RemoteCommand client = new StreamClients(node, transport).connectAttach(container, true, false);
    run(client, false);
    return client;
  }

  /** A port-forward with a connection on which both sides send. */
  private AutoCloseable forward(TestPod pod, Transport transport) throws IOException {
    ForwardedPorts ports = new StreamClients(node, transport).connectPorts(pod);
    threads.submit(() -> {
      ports.run();
      return true;
    });
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Socket local = new Socket(listener.getInetAddress(), listener.getLocalPort());
      ports.forward(listener.accept(), 7000, why -> {});
      threads.submit(() -> {
        while (true) {
          local.getOutputStream().write(new byte[100_000]);
        }
      });
    }
    return ports;
  }

  private AutoCloseable any(int i, TestPod pod, TestContainer container) throws IOException {
    Transport transport = i % 2 == 0 ? Transport.SPDY : Transport.WEBSOCKET;
    return switch (i % 5) {
      case 0, 1 -> exec(container, transport, false);
      case 2 -> exec(container, transport, true);
      case 3 -> attach(container, transport);
      default -> forward(pod, transport);
    };
  }

  /** The descriptors, once a second has changed nothing: a command may begin after its client. */
  private Map<String, Integer> quiet() {
    var last = new AtomicReference<>(Map.<String, Integer>of());
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(this::descriptors, now -> now.equals(last.getAndSet(now)));
  }

  @Test
  void clientsThatVanishAtAnyMomentLeaveNothing() throws Exception {
    TestPod pod = node.pod("leaks").run();
    TestContainer container = pod.start(pod.container("main", SERVER).setStdin(true));
    // Each kind once on each event loop, so that what is made once is there.
    for (int i = 0; i < 20; i++) {
      any(i, pod, container).close();
    }
    assertEverythingEnds(container);
    Map<String, Integer> before = quiet();
    List<String> network = networks();
    Set<String> names = threadNames();
    names.add("");
    long threadsBefore = threadCount();
    var random = new Random(3);
    for (int i = 0; i < ROUNDS; i++) {
      AutoCloseable client = any(i, pod, container);
      Thread.sleep(random.nextInt(60));
      client.close();
    }

    assertEverythingEnds(container);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(descriptors()).isEqualTo(before));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(networks()).isEqualTo(network));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(threadNames()).isSubsetOf(names));
    // Pools may have grown to their bounds, which the number of streams does not move.
    assertThat(threadCount()).isLessThan(threadsBefore + ROUNDS / 2);
  }

  private static void assertEverythingEnds(TestContainer container) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(container.sh("ps").lines().filter(line -> OF_CLIENTS.matcher(line).find()))
                .isEmpty());
  }

  @Test
  void whoReadsNothingCostsLittle() throws Exception {
    TestContainer container = node.pod("memory").run().startSleeper("main");
    for (Transport transport : Transport.values()) {
      new StreamClients(node, transport).exec(container, null, "true");
    }
    long before = residentBytes();
    for (int i = 0; i < READERS; i++) {
      // Connected, and run on the server, but nobody reads.
      RemoteCommand client =
          new StreamClients(node, i % 2 == 0 ? Transport.SPDY : Transport.WEBSOCKET)
              .connectExec(container, false, false, "cat", "/dev/zero");
      OutputStream stuck =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              try {
                Thread.sleep(PATIENCE);
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            }
          };
      threads.submit(() -> client.run(null, stuck, stuck, () -> {}, () -> {}));
    }
    await()
        .atMost(PATIENCE)
        .until(() -> container.sh("ps | grep -c '[c]at /dev/zero'").equals("" + READERS));
    // Long enough for gigabytes, if anybody took them.
    await().pollDelay(Duration.ofSeconds(3)).until(() -> true);

    long more = residentBytes() - before;
    System.out.println(READERS + " readers of nothing: " + more / MIB + " MiB more");
    assertThat(more).isLessThan(64 * MIB);
  }
}
