package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.streaming.StreamingSettings.Tls;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams over TLS: whose certificate it is, and that a new one is taken without a restart. */
class TlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private final LocalBackend backend = new LocalBackend();
  private StreamingServer server;

  @SuppressWarnings("NullAway.Init")
  TlsTest() {}

  @AfterEach
  void nothingStaysOpen() {
    server.close();
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
  }

  private void start(Tls tls, String address) throws IOException {
    boolean files = tls == Tls.CONFIGURED;
    server =
        new StreamingServer(
            new StreamingSettings(
                new InetSocketAddress(InetAddress.getByName(address), 0),
                tls,
                files ? directory.resolve("tls.crt") : null,
                files ? directory.resolve("tls.key") : null,
                StreamingSettings.URL_LIFETIME,
                StreamingSettings.CREATION_TIMEOUT,
                StreamingSettings.IDLE_TIMEOUT),
            backend);
  }

  /** Makes a certificate with openssl, as a person or a cluster does, of either kind of key. */
  private void certificate(String name, String... key) throws Exception {
    Path made = Files.createDirectories(directory.resolve(name));
    var command =
        new java.util.ArrayList<>(
            List.of("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name));
    command.addAll(List.of(key));
    command.addAll(
        List.of("-keyout", made.resolve("key").toString(), "-out", made.resolve("crt").toString()));
    Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(said).isZero();
  }

  private void ec(String name) throws Exception {
    certificate(name, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
  }

  /** As kubelets and cert-manager do it: links, which are exchanged by a rename. */
  private void use(String name) throws IOException {
    for (String end : List.of("crt", "key")) {
      Path link = Files.createSymbolicLink(directory.resolve("new"), Path.of(name, end));
      Files.move(link, directory.resolve("tls." + end), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private String exec() throws IOException {
    return server.url(new StreamRequest.Exec("c", List.of("cat"), true, true, false, false));
  }

  private void assertServes(Transport transport) throws IOException {
    var out = new ByteArrayOutputStream();
    try (RemoteCommand client = RemoteCommand.connect(URI.create(exec()), transport, false)) {
      client.run(
          new ByteArrayInputStream("secret".getBytes(StandardCharsets.US_ASCII)),
          out,
          null,
          () -> {},
          () -> {});
    }
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("secret");
  }

  /** The certificate that a new connection is shown, checked against its own key. */
  private X509Certificate shown() throws Exception {
    URI url = URI.create(exec());
    try (SSLSocket socket = secured(url)) {
      socket.startHandshake();
      var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      certificate.verify(certificate.getPublicKey());
      return certificate;
    }
  }

  private static SSLSocket secured(URI url) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    String host = url.getHost().replaceAll("^\\[|]$", "");
    return (SSLSocket) context.getSocketFactory().createSocket(host, url.getPort());
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("no client here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // The tests look for themselves.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void itsOwnCertificateNamesItsAddress(Transport transport) throws Exception {
    start(Tls.SELF_SIGNED, "127.0.0.1");

    assertThat(exec()).startsWith("https://127.0.0.1:");
    assertServes(transport);
    X509Certificate certificate = shown();
    certificate.checkValidity();
    assertThat(certificate.getSubjectAlternativeNames())
        .contains(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
    assertThat(certificate.getNotAfter().toInstant())
        .isAfter(java.time.Instant.now().plus(Duration.ofDays(60)));
  }

  @Test
  void itsOwnIsNewWithEachStart() throws Exception {
    start(Tls.SELF_SIGNED, "127.0.0.1");
    X509Certificate first = shown();
    server.close();
    start(Tls.SELF_SIGNED, "127.0.0.1");

    assertThat(shown().getPublicKey()).isNotEqualTo(first.getPublicKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "0.0.0.0", "::"})
  void everyKindOfAddressServes(String address) throws Exception {
    start(Tls.SELF_SIGNED, address);

    assertServes(Transport.SPDY);
  }

  @Test
  void whatIsNotLoopbackIsNeverPlain() {
    assertThatThrownBy(() -> start(Tls.OFF, "0.0.0.0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loopback");
    server = new StreamingServer(StreamingSettings.loopback(), backend);
  }

  @Test
  void theConfiguredCertificateIsReadAgainWhenItChanges() throws Exception {
    ec("first");
    certificate("second", "-newkey", "rsa:2048");
    use("first");
    start(Tls.CONFIGURED, "127.0.0.1");
    assertThat(shown().getSubjectX500Principal().getName()).isEqualTo("CN=first");
    URI url = URI.create(exec());
    try (SSLSocket before = secured(url)) {
      before.startHandshake();

      use("second");

      assertThat(shown().getSubjectX500Principal().getName()).isEqualTo("CN=second");
      assertServes(Transport.WEBSOCKET);
      // Who is connected stays so, over the certificate of before.
      before
          .getOutputStream()
          .write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(before.getInputStream().read()).isEqualTo('H');
    }
  }

  @Test
  void filesThatAreNoneLeaveTheCertificateOfBefore() throws Exception {
    ec("good");
    ec("other");
    use("good");
    start(Tls.CONFIGURED, "127.0.0.1");
    X509Certificate first = shown();

    // A certificate with another's key, as between two renames.
    Files.copy(
        directory.resolve("other/key"),
        directory.resolve("tls.key"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(shown()).isEqualTo(first);
    Files.writeString(directory.resolve("good/crt"), "torn");
    assertThat(shown()).isEqualTo(first);
    Files.delete(directory.resolve("tls.crt"));
    assertThat(shown()).isEqualTo(first);

    use("other");
    assertThat(shown().getSubjectX500Principal().getName()).isEqualTo("CN=other");
  }

  @Test
  void withoutItsFilesNothingIsServed() throws Exception {
    start(Tls.CONFIGURED, "127.0.0.1");

    assertThatThrownBy(this::exec)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve("tls.crt").toString());

    ec("late");
    use("late");
    assertServes(Transport.SPDY);
  }

  @Test
  void whoDoesNotSpeakTlsGetsNothing() throws Exception {
    start(Tls.SELF_SIGNED, "127.0.0.1");
    URI url = URI.create(exec());
    try (RawClient client = RawClient.connect(url)) {
      client.request(url.getPath(), RawClient.spdyHeaders("v4.channel.k8s.io"));

      // At most an alert of TLS.
      assertThat(client.rest()).hasSizeLessThan(16);
    }
    assertServes(Transport.SPDY);
  }
}
