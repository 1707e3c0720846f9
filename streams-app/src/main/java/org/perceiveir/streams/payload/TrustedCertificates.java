package org.perceiveir.streams.payload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.ssl.SSLContexts;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.PayloadSettings;

/** Whose certificates are trusted. */
final class TrustedCertificates {
  private TrustedCertificates() {}

  /**
   * A context that trusts the certificates of a PEM file, or the authorities of the Java runtime.
   *
   * @throws ConfigurationException if the file holds none
   */
  static SSLContext context(Optional<Path> pem) {
    if (pem.isEmpty()) {
      return SSLContexts.createDefault();
    }
    try (InputStream in = Files.newInputStream(pem.get())) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("trusted-" + number++, certificate);
      }
      if (number == 0) {
        throw new ConfigurationException(
            PayloadSettings.HTTPS_TRUSTSTORE,
            pem.get().toString(),
            "holds no certificate",
            "name a PEM file with at least one");
      }
      return SSLContexts.custom().loadTrustMaterial(trusted, null).build();
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigurationException(
          PayloadSettings.HTTPS_TRUSTSTORE
              + "="
              + pem.get()
              + ": cannot be read ("
              + e
              + "); name a PEM file with certificates",
          e);
    }
  }
}
