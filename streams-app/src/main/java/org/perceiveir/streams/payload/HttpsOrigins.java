package org.perceiveir.streams.payload;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.ssl.TLS;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.perceiveir.streams.config.HttpsOrigin;
import org.perceiveir.streams.config.PayloadSettings;
import org.perceiveir.streams.payload.PayloadException.Reason;

/**
 * Servers that may be read from, each named by scheme, host and port. Thread-safe.
 *
 * <p>Apache's client rather than the JDK's, which on Java 17 resolves names where nobody can look:
 * here {@link CheckedAddresses} resolves and checks, and the client connects to what it returned.
 * Switched off: redirects, proxies, cookies, credentials, decompression, protocol upgrades and the
 * client's own retries. Header lines and their number are limited, the body is by its declared
 * size.
 */
final class HttpsOrigins implements PayloadSource, AutoCloseable {
  private static final int MAX_HEADER_LINE = 8 * 1024;
  private static final int MAX_HEADERS = 100;
  private static final long PAUSE_MS = 50;

  /** Long enough for a burst of frames, short enough to follow a name to a new address. */
  private static final TimeValue CONNECTION_LIFE = TimeValue.ofSeconds(60);

  private final Set<HttpsOrigin> origins;
  private final int attempts;
  private final CloseableHttpClient client;

  /**
   * Opens nothing yet.
   *
   * @param names resolves names
   * @param threads how many read at a time
   */
  HttpsOrigins(PayloadSettings settings, DnsResolver names, int threads) {
    this.origins = Set.copyOf(settings.origins());
    this.attempts = settings.attempts();
    Timeout whole = Timeout.of(settings.timeout());
    PoolingHttpClientConnectionManager connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setDnsResolver(new CheckedAddresses(names, settings.privateAddresses()))
            .setTlsSocketStrategy(
                ClientTlsStrategyBuilder.create()
                    .setSslContext(TrustedCertificates.context(settings.truststore()))
                    .setTlsVersions(TLS.V_1_2, TLS.V_1_3)
                    .buildClassic())
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(
                        Http1Config.custom()
                            .setMaxLineLength(MAX_HEADER_LINE)
                            .setMaxHeaderCount(MAX_HEADERS)
                            .build())
                    .build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                    .setSocketTimeout(whole)
                    .setTimeToLive(CONNECTION_LIFE)
                    .build())
            .setDefaultSocketConfig(SocketConfig.custom().setSoTimeout(whole).build())
            .setMaxConnTotal(threads)
            .setMaxConnPerRoute(threads)
            .build();
    this.client =
        HttpClients.custom()
            .setConnectionManager(connections)
            .setRoutePlanner(new DefaultRoutePlanner(DefaultSchemePortResolver.INSTANCE))
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(whole)
                    .setResponseTimeout(whole)
                    .setAuthenticationEnabled(false)
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .disableRedirectHandling()
            .disableContentCompression()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .build();
  }

  @Override
  public byte[] read(URI uri, int size, Fetch fetch) throws PayloadException, IOException {
    checkAllowed(uri);
    for (int attempt = 1; ; attempt++) {
      try {
        return ask(uri, size, fetch);
      } catch (CheckedAddresses.NotAllowedException e) {
        throw new PayloadException(Reason.NOT_ALLOWED, e.getMessage() + "", e);
      } catch (IOException e) {
        // Who presents a wrong certificate will do so again.
        if (e instanceof SSLException || attempt == attempts || fetch.leftMs() <= PAUSE_MS) {
          throw e;
        }
        pause(e);
      }
    }
  }

  private void checkAllowed(URI uri) throws PayloadException {
    if (HttpsOrigin.of(uri).filter(origins::contains).isEmpty()) {
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          "scheme, host and port are none of "
              + PayloadSettings.HTTPS_ORIGINS
              + ", or the reference has a user or a fragment");
    }
  }

  private static void pause(IOException cause) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cause;
    }
  }

  private byte[] ask(URI uri, int size, Fetch fetch) throws PayloadException, IOException {
    HttpGet request = new HttpGet(uri);
    request.setHeader("Accept-Encoding", "identity");
    fetch.onCancel(request::cancel);
    boolean whole = false;
    try (ClassicHttpResponse response = client.executeOpen(null, request, null)) {
      try {
        byte[] bytes = body(response, size);
        whole = true;
        return bytes;
      } finally {
        if (!whole) {
          // Closing a response reads the rest of it, which may have no end.
          request.cancel();
        }
      }
    }
  }

  private static byte[] body(ClassicHttpResponse response, int size)
      throws PayloadException, IOException {
    int status = response.getCode();
    if (status >= 300 && status < 400) {
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          "the origin answers " + status + ", a redirect; redirects are not followed");
    }
    if (status == 404 || status == 410) {
      throw new PayloadException(Reason.MISSING, "the origin answers " + status);
    }
    if (status == 408 || status == 429 || status >= 500) {
      throw new IOException("the origin answers " + status);
    }
    HttpEntity entity = response.getEntity();
    if (status != 200 || entity == null) {
      throw new PayloadException(
          Reason.UNREACHABLE, "the origin answers " + status + " instead of 200 and the pixels");
    }
    long told = entity.getContentLength();
    if (told >= 0 && told != size) {
      throw new PayloadException(
          Reason.SIZE_MISMATCH,
          "the origin sends " + told + " bytes, the reference declares " + size);
    }
    InputStream in = entity.getContent();
    byte[] bytes = new byte[size];
    int got = in.readNBytes(bytes, 0, size);
    if (got < size || in.read() != -1) {
      throw new PayloadException(
          Reason.SIZE_MISMATCH,
          "the origin sends "
              + (got < size ? "only " + got : "more")
              + " bytes, the reference declares "
              + size);
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
