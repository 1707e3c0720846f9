package org.perceiveir.streams.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which hosts are the address on which a request arrived. */
class GateTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.7,           192.0.2.7,             true",
    "192.0.2.8,           192.0.2.7,             false",
    "999.1.1.1,           192.0.2.7,             false",
    "[2001:db8::5],       2001:db8:0:0:0:0:0:5,  true",
    "[2001:db8:0::0:5],   2001:db8:0:0:0:0:0:5,  true",
    "[2001:db8::6],       2001:db8:0:0:0:0:0:5,  false",
    "2001:db8::5,         2001:db8:0:0:0:0:0:5,  false",
    "[::],                2001:db8:0:0:0:0:0:5,  false",
    "[:],                 2001:db8:0:0:0:0:0:5,  false",
    "localhost,           127.0.0.1,             false",
    "evil.example,        127.0.0.1,             false",
    "[evil:example],      127.0.0.1,             false"
  })
  void shouldCompareAddressesByTheirBytesAndLookNoNameUp(
      String host, String arrivedAt, boolean same) throws Exception {
    assertThat(Gate.isAddress(host, InetAddress.getByName(arrivedAt))).isEqualTo(same);
  }
}
