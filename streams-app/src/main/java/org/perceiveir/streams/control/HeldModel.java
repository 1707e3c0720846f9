package org.perceiveir.streams.control;

import java.util.Optional;
import java.util.OptionalDouble;
import org.perceiveir.streams.pass.ModelIdentity;

/**
 * What a slot holds.
 *
 * @param model which network, and where it runs
 * @param sha256 of its weights, 64 hex digits; empty where they are in no file
 * @param frameMs time of one frame of {@code warmup.frame.size}, in milliseconds
 * @param share of the restored frames that it restores too, 0 to 1; empty for what is in use
 * @param note what is worth knowing of it
 */
public record HeldModel(
    ModelIdentity model,
    Optional<String> sha256,
    double frameMs,
    OptionalDouble share,
    Optional<String> note) {}
