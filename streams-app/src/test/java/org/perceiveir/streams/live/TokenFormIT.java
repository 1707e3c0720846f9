package org.perceiveir.streams.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;

/** How a browser gives the token: whether it obeys the form, the policy and the cookie together. */
class TokenFormIT {
  private static final String TOKEN = "0123456789abcdef+/=";

  @Test
  void shouldOpenThePageAfterTheTokenWasTyped() {
    ServiceConfig config =
        ServiceConfig.of(
            Map.of(
                "kafka.bootstrap.servers", "127.0.0.1:9092",
                "schema.registry.url", "http://127.0.0.1:8081",
                "http.port", "0",
                "http.token", TOKEN,
                "live.page", "true"));
    try (HeadlessBrowser browser = HeadlessBrowser.open();
        OperationsServer server = OperationsServer.start(config.http());
        LivePage page =
            LivePage.open(config, new StillService(), Optional.of(server), InstantSource.system())
                .orElseThrow()) {
      page.ended(Seen.restored("camera-1"));
      String address = "http://localhost:" + server.port() + "/live";
      browser.driver().get(address);
      assertThat(browser.driver().findElements(By.id("sources"))).isEmpty();
      browser.driver().switchTo().activeElement().sendKeys("something else, Enter", Keys.ENTER);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> browser.text("[role=alert]").equals("That is not the token."));

      browser.driver().switchTo().activeElement().sendKeys(TOKEN, Keys.ENTER);

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> browser.text(".tile h3").equals("camera-1"));
      page.show(
          new ExtraFigures(
              "PSNR by degradation",
              List.of(new ExtraFigures.Figure("Quality gain", "+8.1", "dB", "mean of all")),
              List.of("Degradation", "Gain"),
              List.of(List.of("haze", "+9.0")),
              Map.of("camera-1", "haze, PSNR 14.0 → 23.0 dB"),
              Optional.of("The run has finished.")));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> browser.text("#message").equals("The run has finished."));
      assertThat(browser.text("#extra-figures")).contains("QUALITY GAIN", "+8.1 dB", "mean of all");
      assertThat(browser.text("#extra-table")).contains("PSNR BY DEGRADATION", "haze +9.0");
      assertThat(browser.text(".tile .own")).isEqualTo("haze, PSNR 14.0 → 23.0 dB");
      assertThat(browser.driver().getCurrentUrl()).isEqualTo(address);
      assertThat(browser.script("return document.cookie")).isEqualTo("");
      browser.driver().get(address);
      assertThat(browser.driver().findElements(By.id("sources"))).hasSize(1);
      assertThat(browser.complaints()).allMatch(line -> line.contains("401"));
    }
  }
}
