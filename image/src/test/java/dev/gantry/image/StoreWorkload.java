package dev.gantry.image;

import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.Platform;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;

/**
 * Works on a store from several threads until it is killed, and says on standard output what it is
 * about to do to a name and what it has done.
 */
final class StoreWorkload {
  private final PullFixture pulls;
  private final String host;
  private final List<String> archives;

  private StoreWorkload(PullFixture pulls, String host, List<String> archives) {
    this.pulls = pulls;
    this.host = host;
    this.archives = archives;
  }

  /**
   * @param args base directory, registry, seed, and archives to import; instead of a seed the name
   *     of one image that is all there is to do
   */
  public static void main(String[] args) throws Exception {
    var pulls = new PullFixture(Path.of(args[0]), Duration.ofSeconds(10));
    var work = new StoreWorkload(pulls, args[1], List.of(args).subList(3, args.length));
    if (args[2].startsWith(args[1])) {
      pulls.pull(args[2]);
      return;
    }
    long seed = Long.parseLong(args[2]);
    say("ready");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int thread = 0; thread < KilledStoreTest.THREADS; thread++) {
        int number = thread;
        var _ = threads.submit(() -> work.forever(number, new Random(seed * 31 + number)));
      }
    }
  }

  private static void say(String what) {
    synchronized (System.out) {
      System.out.println(what);
      System.out.flush();
    }
  }

  /** Each thread has names of its own, so that what it says of them is the whole truth. */
  private Void forever(int thread, Random random) throws Exception {
    try {
      while (true) {
        step(thread, random);
      }
    } catch (Throwable t) {
      say("failed " + t);
      throw t;
    }
  }

  private void step(int thread, Random random) throws Exception {
    int image = random.nextInt(KilledStoreTest.IMAGES);
    String name = host + "/app" + image + ":" + thread;
    switch (random.nextInt(8)) {
      case 0, 1, 2, 3 -> {
        say("want " + name);
        pulls.pull(name);
        say("have " + name);
      }
      case 4, 5 -> {
        say("go " + name);
        pulls.store().untag(name);
        say("gone " + name);
      }
      case 6 -> {
        int archive = random.nextInt(archives.size());
        String imported = "test.example/imported" + archive + ":" + thread;
        say("want " + imported);
        StoredImage stored =
            new ImageImporter(pulls.store(), Platform.host(), TrustPolicy.ACCEPT_ANYTHING)
                .importArchive(Path.of(archives.get(archive)))
                .getFirst();
        pulls.store().tag(stored.id().toString(), imported);
        say("have " + imported);
      }
      default -> {
        String tagged = "test.example/tagged:" + thread;
        say("want " + tagged);
        boolean done = pulls.store().tag(ImageReference.parse(name).toString(), tagged).isPresent();
        say((done ? "have " : "maybe ") + tagged);
      }
    }
  }
}
