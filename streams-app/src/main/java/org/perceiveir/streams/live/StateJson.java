package org.perceiveir.streams.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.observability.Observed;

/** The state of the page as one JSON object, in which strangers' text is a string and no more. */
final class StateJson {
  private final ObjectMapper json = new ObjectMapper();

  /** Tells a page that stays open over a restart that all numbers begin anew. */
  private final String instance = UUID.randomUUID().toString();

  private final ServiceConfig config;
  private final Observed service;

  StateJson(ServiceConfig config, Observed service) {
    this.config = config;
    this.service = service;
  }

  String of(Board.Seen seen, @Nullable ExtraFigures extra, long picturesDropped) {
    ObjectNode root = json.createObjectNode();
    root.put("instance", instance);
    root.put("now", seen.nowMs());
    root.put("application", config.applicationId());
    root.put("topic", config.inputTopic());
    root.put("state", service.state());
    root.put("streams", service.streamsState().orElse(null));
    root.put("fps", rounded(seen.framesPerSecond()));
    outcomes(root.putObject("outcomes"), seen.totals());
    root.put("forgotten", seen.forgotten());
    root.put("crowded", seen.crowded());
    root.put("picturesDropped", picturesDropped);
    config.frameMaxAge().ifPresent(age -> root.put("maxAgeMs", age.toMillis()));
    models(root.putArray("models"));
    work(root);
    ArrayNode sources = root.putArray("sources");
    seen.sources().forEach(source -> source(sources.addObject(), source));
    letters(root.putArray("letters"), seen.letters());
    ArrayNode events = root.putArray("events");
    for (Board.Event event : seen.events()) {
      events
          .addObject()
          .put("time", event.epochMs())
          .put("kind", event.kind())
          .put("text", event.text());
    }
    if (extra != null) {
      extra(root.putObject("extra"), extra);
    }
    try {
      return json.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree cannot be written", e);
    }
  }

  private static void outcomes(ObjectNode node, long[] counts) {
    node.put("restored", counts[Timeline.column(FrameOutcome.RESTORED)]);
    node.put("passedThrough", counts[Timeline.column(FrameOutcome.PASSED_THROUGH)]);
    node.put("shed", counts[Timeline.column(FrameOutcome.SHED)]);
    node.put("deadLettered", counts[Timeline.column(FrameOutcome.DEAD_LETTERED)]);
  }

  private void models(ArrayNode models) {
    service
        .models()
        .forEach(
            (slot, model) ->
                models
                    .addObject()
                    .put("slot", slot.name().toLowerCase(Locale.ROOT))
                    .put("name", model.bundle())
                    .put("version", model.version())
                    .put("device", model.device()));
  }

  private void work(ObjectNode root) {
    service
        .batcher()
        .ifPresent(
            batcher ->
                root.put("waiting", batcher.waiting())
                    .put("expectedWaitMs", batcher.expectedWaitNanos(0) / 1_000_000));
    service
        .window()
        .ifPresent(
            window -> root.put("window", window.frames()).put("windowMost", window.maxFrames()));
    service
        .audit()
        .filter(audit -> audit.lastAuditEpochMs() > 0)
        .ifPresent(
            audit -> {
              Books books = audit.latest();
              root.putObject("books")
                  .put("received", books.received())
                  .put("inFlight", books.inFlight())
                  .put("balanced", books.balanced())
                  .put("time", audit.lastAuditEpochMs());
            });
  }

  private static void source(ObjectNode node, SourceTile.Seen seen) {
    node.put("id", seen.id());
    node.put("name", seen.name());
    outcomes(node.putObject("outcomes"), seen.outcomes());
    node.put("fps", rounded(seen.framesPerSecond()));
    node.put("seen", seen.seenMs());
    tiers(node, "before", seen.before());
    tiers(node, "after", seen.after());
    if (seen.reason() != null) {
      node.put("reason", seen.reason());
      node.put("reasonTime", seen.reasonMs());
    }
    latest(node, seen.latest());
    PicturePair picture = seen.picture();
    if (picture != null) {
      node.putObject("picture")
          .put("id", picture.id())
          .put("sequence", picture.sequence())
          .put("time", picture.takenMs())
          .put("width", picture.width())
          .put("height", picture.height())
          .put("restored", picture.restored() != null);
    }
    ArrayNode rows = node.putArray("timeline");
    for (int[] second : seen.timeline()) {
      ArrayNode row = rows.addArray();
      // A second without a frame is an empty row.
      if (Arrays.stream(second).anyMatch(count -> count > 0)) {
        Arrays.stream(second).forEach(row::add);
      }
    }
  }

  private static void latest(ObjectNode node, @Nullable FrameTelemetry telemetry) {
    if (telemetry == null) {
      return;
    }
    node.put("outcome", telemetry.getOutcome().name());
    Long age = telemetry.getAgeMicros();
    if (age != null) {
      node.put("ageMs", age / 1000);
    }
    StageTimings timings = telemetry.getTimings();
    Long infer = timings.getInferMicros();
    if (infer != null) {
      node.put("inferMs", rounded(infer / 1000.0));
    }
    plain(node, "degradation", telemetry.getDegradation());
    plain(node, "bundle", telemetry.getBundleName());
    plain(node, "version", telemetry.getBundleVersion());
    if (telemetry.getRoute() != null) {
      node.put("route", telemetry.getRoute().name());
    }
  }

  private static void plain(ObjectNode node, String field, @Nullable String text) {
    if (text != null) {
      node.put(field, PlainText.of(text, 200));
    }
  }

  private static void tiers(ObjectNode node, String field, @Nullable TierProbabilities tiers) {
    if (tiers != null) {
      node.putArray(field)
          .add(rounded(tiers.getTerrible()))
          .add(rounded(tiers.getMediocre()))
          .add(rounded(tiers.getExcellent()));
    }
  }

  private static void letters(ArrayNode letters, List<LetterSample> samples) {
    for (LetterSample sample : samples) {
      ObjectNode node =
          letters
              .addObject()
              .put("id", sample.id())
              .put("source", sample.source())
              .put("reason", sample.reason())
              .put("message", sample.message())
              .put("place", sample.place())
              .put("time", sample.epochMs())
              .put("bytes", sample.bytes())
              .put("picture", sample.picture() != null);
      if (sample.dump() != null) {
        node.put("dump", sample.dump()).put("note", sample.note());
      }
    }
  }

  private static void extra(ObjectNode node, ExtraFigures extra) {
    node.put("title", extra.title());
    ArrayNode figures = node.putArray("figures");
    for (ExtraFigures.Figure figure : extra.figures()) {
      figures
          .addObject()
          .put("name", figure.name())
          .put("value", figure.value())
          .put("unit", figure.unit())
          .put("note", figure.note());
    }
    extra.columns().forEach(node.putArray("columns")::add);
    ArrayNode rows = node.putArray("rows");
    extra.rows().forEach(row -> row.forEach(rows.addArray()::add));
    ObjectNode notes = node.putObject("notes");
    extra.notes().forEach(notes::put);
    extra.message().ifPresent(message -> node.put("message", message));
  }

  /** Three digits behind the point are more than anybody reads. */
  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
