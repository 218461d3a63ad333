package dev.gantry.image.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authorities that the operating system trusts: what an administrator added with
 * {@code update-ca-certificates} or {@code update-ca-trust} counts, as it does for other runtimes.
 * {@code SSL_CERT_FILE} and {@code SSL_CERT_DIR} name others; with no such file the JDK's own list
 * is taken.
 *
 * @see <a href="https://go.dev/src/crypto/x509/root_linux.go">the places that Go looks at</a>
 */
final class SystemAuthorities {
  private static final List<Path> BUNDLES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"),
          Path.of("/etc/pki/tls/cacert.pem"),
          Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
          Path.of("/etc/ssl/cert.pem"));

  private static final int MOST_FILES = 1000;

  private SystemAuthorities() {}

  static List<X509Certificate> read(Map<String, String> environment)
      throws GeneralSecurityException, IOException {
    var found = new ArrayList<X509Certificate>();
    Path bundle = bundle(environment);
    if (bundle != null) {
      addAll(bundle, found);
    }
    String directory = environment.getOrDefault("SSL_CERT_DIR", "");
    if (!directory.isEmpty()) {
      for (String one : directory.split(":", -1)) {
        addDirectory(Path.of(one), found);
      }
    }
    return found.isEmpty() ? jdk() : found;
  }

  /** Files whose change makes what was read stale. */
  static List<Path> files(Map<String, String> environment) {
    Path bundle = bundle(environment);
    return bundle == null ? List.of() : List.of(bundle);
  }

  private static @Nullable Path bundle(Map<String, String> environment) {
    String named = environment.getOrDefault("SSL_CERT_FILE", "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    return BUNDLES.stream().filter(Files::isRegularFile).findFirst().orElse(null);
  }

  private static void addDirectory(Path directory, List<X509Certificate> found)
      throws IOException, GeneralSecurityException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).limit(MOST_FILES).toList()) {
        addAll(file, found);
      }
    }
  }

  /** One certificate that this JDK cannot read must not take the others away. */
  private static void addAll(Path file, List<X509Certificate> found)
      throws IOException, GeneralSecurityException {
    var factory = CertificateFactory.getInstance("X.509");
    for (byte[] der : PemKey.blocks(PemKey.text(file), "CERTIFICATE")) {
      X509Certificate readable = readable(factory, der);
      if (readable != null) {
        found.add(readable);
      }
    }
  }

  private static @Nullable X509Certificate readable(CertificateFactory factory, byte[] der) {
    try {
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException ofAnotherKind) {
      return null;
    }
  }

  private static List<X509Certificate> jdk() throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    var found = new ArrayList<X509Certificate>();
    for (TrustManager m : factory.getTrustManagers()) {
      if (m instanceof X509TrustManager x) {
        found.addAll(List.of(x.getAcceptedIssuers()));
      }
    }
    return found;
  }
}
