package org.perceiveir.streams.live;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.aggregates.Aggregates;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.books.BooksAudit;
import org.perceiveir.streams.observability.Observed;
import org.perceiveir.streams.pass.ModelIdentity;

/** A service that runs and does nothing, with a network that a test may exchange. */
final class StillService implements Observed {
  volatile ModelIdentity network = new ModelIdentity("base", "1", "cpu");

  @Override
  public String state() {
    return "RUNNING";
  }

  @Override
  public List<String> states() {
    return List.of("RUNNING");
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  @Override
  public boolean isRunning() {
    return true;
  }

  @Override
  public boolean isWarm() {
    return true;
  }

  @Override
  public Optional<String> streamsState() {
    return Optional.of("RUNNING");
  }

  @Override
  public Collection<ModelIdentity> networks() {
    return List.of(network);
  }

  @Override
  public Map<ModelSlotName, ModelIdentity> models() {
    return Map.of(ModelSlotName.FULL, network);
  }

  @Override
  public Optional<MicroBatcher> batcher() {
    return Optional.empty();
  }

  @Override
  public Optional<FrameWindow> window() {
    return Optional.of(new FrameWindow(16, 1 << 20, Duration.ZERO));
  }

  @Override
  public Optional<BooksAudit> audit() {
    return Optional.empty();
  }

  @Override
  public Optional<Aggregates> aggregates() {
    return Optional.empty();
  }
}
