package org.perceiveir.streams.payload;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses belong to the public internet, by the special-purpose registries of the IANA (RFC
 * 6890 and its updates).
 */
final class AddressRanges {
  /** Addresses whose first {@code bits} bits are those of {@code prefix}. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Range(byte[] prefix, int bits) {
    static Range of(String text) {
      int slash = text.indexOf('/');
      try {
        // A literal: no name is asked for.
        return new Range(
            InetAddress.getByName(text.substring(0, slash)).getAddress(),
            Integer.parseInt(text.substring(slash + 1)));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(text, e);
      }
    }

    boolean holds(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit % 8);
        if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Of no use as the address of a server at all. */
  private static final List<Range> NEVER =
      ranges("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8");

  private static final List<Range> NOT_PUBLIC_V4 =
      ranges(
          "0.0.0.0/8", // this network
          "10.0.0.0/8", // private
          "100.64.0.0/10", // shared behind a carrier's NAT
          "127.0.0.0/8", // loopback
          "169.254.0.0/16", // link-local, clouds' metadata
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocols
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // 6to4 relays
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /** All that is assigned to the public; the rest is local, mapped, multicast or not assigned. */
  private static final List<Range> PUBLIC_V6 = ranges("2000::/3");

  private static final List<Range> NOT_PUBLIC_V6 =
      ranges(
          "2001::/23", // protocols, among them Teredo
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4: an IPv4 address inside
          "3fff::/20"); // documentation

  private static final List<Range> NAT64 = ranges("64:ff9b::/96");
  private static final List<Range> V4_MAPPED = ranges96();

  private AddressRanges() {}

  private static List<Range> ranges(String... texts) {
    return Arrays.stream(texts).map(Range::of).toList();
  }

  /** {@code ::ffff:0:0/96}, of which Java makes an IPv4 address when it is given as text. */
  private static List<Range> ranges96() {
    byte[] prefix = new byte[16];
    prefix[10] = -1;
    prefix[11] = -1;
    return List.of(new Range(prefix, 96));
  }

  /** Whether a packet to {@code address} leaves for the public internet. */
  static boolean isPublic(InetAddress address) {
    return isPublic(address.getAddress());
  }

  static boolean isPublic(byte[] address) {
    if (address.length == 4) {
      return !any(NOT_PUBLIC_V4, address);
    }
    if (any(V4_MAPPED, address) || any(NAT64, address)) {
      return isPublic(Arrays.copyOfRange(address, 12, 16));
    }
    return any(PUBLIC_V6, address) && !any(NOT_PUBLIC_V6, address);
  }

  /** Whether a server can have {@code address}, be it private. */
  static boolean isUnicast(InetAddress address) {
    return !any(NEVER, address.getAddress());
  }

  private static boolean any(List<Range> ranges, byte[] address) {
    return ranges.stream().anyMatch(range -> range.holds(address));
  }
}
