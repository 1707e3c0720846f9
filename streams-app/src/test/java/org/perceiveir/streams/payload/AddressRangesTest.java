package org.perceiveir.streams.payload;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.0.1",
        "198.19.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void shouldKnowWhatIsNotPublic(String address) throws Exception {
    assertThat(AddressRanges.isPublic(InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "64:ff9b::101:101",
        "2606:4700:4700::1111",
        "2a00:1450:4001:80b::200e"
      })
  void shouldKnowWhatIsPublic(String address) throws Exception {
    assertThat(AddressRanges.isPublic(InetAddress.getByName(address))).isTrue();
  }

  /** Java makes an IPv4 address of the mapped form; another resolver need not. */
  @Test
  void shouldLookIntoAMappedAddress() {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 10;
    assertThat(AddressRanges.isPublic(mapped)).isFalse();
    mapped[12] = 9;
    assertThat(AddressRanges.isPublic(mapped)).isTrue();
  }
}
