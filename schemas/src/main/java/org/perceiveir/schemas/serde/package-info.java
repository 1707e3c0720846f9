/** Avro serialisation in Confluent's wire format. */
@NullMarked
package org.perceiveir.schemas.serde;

import org.jspecify.annotations.NullMarked;
