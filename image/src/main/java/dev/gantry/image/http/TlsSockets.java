package dev.gantry.image.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Makes socket factories from {@link Tls} settings; files are read each time they are made. */
final class TlsSockets {
  private TlsSockets() {}

  static SSLSocketFactory factory(Tls tls) throws IOException {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keys(tls.clients()), trust(tls), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS settings " + tls + ": " + e.getMessage(), e);
    }
  }

  private static TrustManager @Nullable [] trust(Tls tls)
      throws GeneralSecurityException, IOException {
    if (tls.skipVerify()) {
      return new TrustManager[] {new TrustAll()};
    }
    KeyStore store = emptyStore();
    int n = 0;
    for (X509Certificate system : SystemAuthorities.read(System.getenv())) {
      store.setCertificateEntry("system-" + n++, system);
    }
    for (Path file : tls.authorities()) {
      for (Certificate c : certificates(file)) {
        store.setCertificateEntry("configured-" + n++, c);
      }
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** Changes when one of the files does. */
  static long stamp(Tls tls) {
    var files = new ArrayList<Path>(SystemAuthorities.files(System.getenv()));
    files.addAll(tls.authorities());
    for (Tls.Client client : tls.clients()) {
      files.add(client.certificate());
      if (client.key() != null) {
        files.add(client.key());
      }
    }
    long stamp = 1;
    for (Path file : files) {
      long one = -1;
      try {
        one = Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS) + Files.size(file);
      } catch (IOException unreadable) {
        stamp++; // reading it will say why
      }
      stamp = stamp * 31 + one;
    }
    return stamp;
  }

  private static KeyManager @Nullable [] keys(List<Tls.Client> clients)
      throws GeneralSecurityException, IOException {
    if (clients.isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    char[] none = new char[0];
    for (int i = 0; i < clients.size(); i++) {
      Tls.Client client = clients.get(i);
      Path keyFile = client.key() == null ? client.certificate() : client.key();
      store.setKeyEntry(
          "client-" + i,
          PemKey.read(keyFile),
          none,
          certificates(client.certificate()).toArray(new Certificate[0]));
    }
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, none);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    var factory = CertificateFactory.getInstance("X.509");
    var found = new ArrayList<Certificate>();
    for (byte[] der : PemKey.blocks(PemKey.text(file), "CERTIFICATE")) {
      found.add(factory.generateCertificate(new ByteArrayInputStream(der)));
    }
    if (found.isEmpty()) {
      throw new IOException(file + " holds no PEM certificate");
    }
    return found;
  }

  /** For {@code skip_verify = true}, which the administrator asked for. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
