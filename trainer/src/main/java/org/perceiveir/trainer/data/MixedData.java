package org.perceiveir.trainer.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Any mix of data sets, opened. */
final class MixedData implements TrainingData {
  private final TrainingDataConfig config;
  private final List<SetImages> sets;

  private MixedData(TrainingDataConfig config, List<SetImages> sets) {
    this.config = config;
    this.sets = List.copyOf(sets);
  }

  static MixedData open(TrainingDataConfig config) throws IOException {
    List<SetImages> sets = openSets(config, config.crops().largest());
    long room = (long) config.loading().memoryMiB() << 20;
    List<SetImages> smallestFirst = new ArrayList<>(sets);
    smallestFirst.sort(Comparator.comparingLong(SetImages::decodedBytes));
    for (SetImages set : smallestFirst) {
      // A quarter stays for the sets that pass through the cache.
      if (set.decodedBytes() <= room - room / 4) {
        set.decodeAll();
        room -= set.decodedBytes();
      }
    }
    return new MixedData(config, sets);
  }

  /** The sets of a configuration over one store, nothing decoded yet. */
  static List<SetImages> openSets(TrainingDataConfig config, int smallestSide) throws IOException {
    ImageStore store = new ImageStore(((long) config.loading().memoryMiB() << 20) / 4);
    List<SetImages> sets = new ArrayList<>();
    for (TrainingSet set : config.sets()) {
      sets.add(
          SetImages.open(set, config.fold(), smallestSide, config.loading().mostUnusable(), store));
    }
    return sets;
  }

  @Override
  public BatchSource batches(int maxSteps, long seed) {
    List<MixedSampler.Source> sources = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      for (TrainingSet.Use use : config.sets().get(i).uses()) {
        sources.add(new MixedSampler.Source(sets.get(i), use));
      }
    }
    return new MixedSampler(config, sources, maxSteps, seed);
  }

  @Override
  public int size() {
    return sets.stream().mapToInt(SetImages::usableCount).sum();
  }

  @Override
  public String name() {
    return sets.stream().map(SetImages::name).distinct().collect(Collectors.joining("+"));
  }

  @Override
  public List<CleanImages.Skipped> skipped() {
    return sets.stream().flatMap(set -> set.skipped().stream()).toList();
  }

  @Override
  public int loaderThreads() {
    return config.loading().threads();
  }

  @Override
  public ObjectNode identity() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode list = json.putArray("sets");
    for (int i = 0; i < sets.size(); i++) {
      TrainingSet set = config.sets().get(i);
      ObjectNode one = list.addObject();
      one.put("kind", set.images().kind()).put("name", sets.get(i).name());
      one.put("images", sets.get(i).size()).put("fingerprint", sets.get(i).fingerprint());
      one.put("restorers", set.negatives().size());
      ArrayNode uses = one.putArray("uses");
      for (TrainingSet.Use use : set.uses()) {
        ObjectNode node = uses.addObject();
        node.put("task", use.task()).put("ratio", use.ratio());
        ArrayNode strengths = node.putArray("strengths");
        use.strengths().forEach(strength -> strengths.add(strength.toString()));
      }
    }
    json.put(
        "batches", config.batches() == TrainingDataConfig.Batches.MIXED ? "mixed" : "one-type");
    json.put("crops", config.crops().toString());
    json.put("batch", config.batch());
    json.put("augment", config.augment());
    json.put("second", config.second());
    if (!config.feed().isOff()) {
      json.set("feed", config.feed().toJson());
    }
    return json;
  }
}
