package org.perceiveir.streams.payload;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;
import org.perceiveir.streams.config.PayloadSettings;

/**
 * Resolves a name once for each connection and lets nothing through that is not allowed. The client
 * connects to the very addresses that this returns, so a name that resolves to another one a moment
 * later (DNS rebinding) changes nothing; server name and certificate are still those of the name.
 */
final class CheckedAddresses implements DnsResolver {
  /** A name that resolves to an address where the service must not go. */
  static final class NotAllowedException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    NotAllowedException(String message) {
      super(message);
    }
  }

  private final DnsResolver names;
  private final boolean privateAddresses;

  /**
   * Checks what another resolver says.
   *
   * @param names resolves names
   * @param privateAddresses whether addresses need not be public
   */
  CheckedAddresses(DnsResolver names, boolean privateAddresses) {
    this.names = names;
    this.privateAddresses = privateAddresses;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] addresses = names.resolve(host);
    for (InetAddress address : addresses) {
      // One that is not allowed spoils all: an honest name does not mix them.
      if (!AddressRanges.isUnicast(address)) {
        throw new NotAllowedException(
            host + " resolves to " + address.getHostAddress() + ", which no server has");
      }
      if (!privateAddresses && !AddressRanges.isPublic(address)) {
        throw new NotAllowedException(
            host
                + " resolves to "
                + address.getHostAddress()
                + ", which is not public; if it is meant, set "
                + PayloadSettings.HTTPS_PRIVATE_ADDRESSES
                + "=true");
      }
    }
    return addresses;
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }
}
