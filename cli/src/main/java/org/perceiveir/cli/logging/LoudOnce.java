package org.perceiveir.cli.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets a warning through once a minute only, however often it is repeated: a client that cannot
 * reach its broker says so each second.
 */
public final class LoudOnce extends Filter<ILoggingEvent> {
  private static final long QUIET_MILLIS = 60_000;
  private static final int REMEMBERED = 256;

  private final Map<String, Long> lastShown =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > REMEMBERED;
        }
      };

  @Override
  public synchronized FilterReply decide(ILoggingEvent event) {
    if (event.getLevel() != Level.WARN) {
      return FilterReply.NEUTRAL;
    }
    String warning = event.getLoggerName() + " " + event.getFormattedMessage();
    Long last = lastShown.get(warning);
    if (last != null && event.getTimeStamp() - last < QUIET_MILLIS) {
      return FilterReply.DENY;
    }
    lastShown.put(warning, event.getTimeStamp());
    return FilterReply.NEUTRAL;
  }
}
