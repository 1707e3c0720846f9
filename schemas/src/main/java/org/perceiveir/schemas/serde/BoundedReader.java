package org.perceiveir.schemas.serde;

import java.util.Collection;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * A reader that refuses collections of many small elements. An entry of a map takes four bytes in
 * the record but over a hundred on the heap, so a record of 10 MiB could fill hundreds of MiB.
 */
final class BoundedReader<T> extends SpecificDatumReader<T> {
  /** Most entries of one map or array. */
  static final int MAX_ELEMENTS = 10_000;

  BoundedReader(Schema writer, Schema reader, SpecificData model) {
    super(writer, reader, model);
  }

  /** The model of {@code type}, set to call the methods below: Avro's fast reader does not. */
  static SpecificData model(Class<?> type) {
    SpecificData model = new SpecificData(type.getClassLoader());
    SpecificData.getForClass(type).getConversions().forEach(model::addLogicalTypeConversion);
    model.setFastReaderEnabled(false);
    return model;
  }

  @Override
  protected void addToMap(Object map, Object key, Object value) {
    if (map instanceof Map<?, ?> entries) {
      check(entries.size());
    }
    super.addToMap(map, key, value);
  }

  @Override
  protected void addToArray(Object array, long position, Object element) {
    if (array instanceof Collection<?> elements) {
      check(elements.size());
    }
    super.addToArray(array, position, element);
  }

  private static void check(int size) {
    if (size >= MAX_ELEMENTS) {
      throw new AvroRuntimeException(
          "a map or an array has more than " + MAX_ELEMENTS + " elements");
    }
  }
}
