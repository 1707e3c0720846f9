package org.perceiveir.streams.observability;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.aggregates.Aggregates;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.books.BooksAudit;
import org.perceiveir.streams.pass.ModelIdentity;

/** The service, as its gauges and health pages see it. Called at any time, by several threads. */
public interface Observed {
  /** The state of the service. */
  String state();

  /** All states that there are. */
  List<String> states();

  /** Whether a supervisor should let the process be: it has neither failed nor been closed. */
  boolean isAlive();

  /** Whether the service runs. */
  boolean isRunning();

  /** Whether the bundle is loaded and warm. */
  boolean isWarm();

  /** State of Kafka Streams; empty before it is there. */
  Optional<String> streamsState();

  /** The networks in use, each once; empty before the first is there. */
  Collection<ModelIdentity> networks();

  /** The networks by the slots that hold one, a shadow too. */
  Map<ModelSlotName, ModelIdentity> models();

  /** The batcher; empty before it is there. */
  Optional<MicroBatcher> batcher();

  /** The window; empty before it is there. */
  Optional<FrameWindow> window();

  /** The audit of the books; empty before it is there. */
  Optional<BooksAudit> audit();

  /** The application that sums telemetry up; empty before the start. */
  Optional<Aggregates> aggregates();
}
