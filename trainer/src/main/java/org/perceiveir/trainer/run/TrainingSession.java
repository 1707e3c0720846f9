package org.perceiveir.trainer.run;

import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** How a session computes the steps of a training. */
public final class TrainingSession {
  private TrainingSession() {}

  /**
   * Settings of a session.
   *
   * @param wanted threads within an operation, 0 for all processors
   */
  public static ConfigProto config(int wanted) {
    int threads = wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    // The graph optimizer costs 10 to 40 s before the first step and gains nothing after it.
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(threads)
        .setInterOpParallelismThreads(Math.min(2, threads))
        .setGraphOptions(
            GraphOptions.newBuilder()
                .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
        .build();
  }
}
