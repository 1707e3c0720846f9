package org.perceiveir.streams.control;

import java.util.Optional;
import org.perceiveir.schemas.avro.ModelSlotName;

/**
 * The slots of a service, as orders change them. Called by one thread at a time. What is refused
 * leaves the slot as it was.
 */
public interface ModelPlaces {
  /** What a slot holds; empty for nothing. */
  Optional<HeldModel> held(ModelSlotName slot);

  /**
   * Reads a bundle, warms its network up and puts it into the slot between two passes.
   *
   * @param name of the bundle
   * @param sha256 that its weights must have; empty where any will do
   * @param share of the restored frames, 0 to 1; for the shadow only
   * @throws ModelRefusedException if it cannot be used; the slot holds what it held
   */
  void load(ModelSlotName slot, String name, Optional<String> sha256, double share);

  /**
   * Puts the configuration's bundle back; ends the shadow.
   *
   * @throws ModelRefusedException if it cannot be used any more; the slot holds what it held
   */
  void unload(ModelSlotName slot);
}
