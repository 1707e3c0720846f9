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
  private static final int MAX_ELEMENTS = 10_000;

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
    checkRoom(map);
    super.addToMap(map, key, value);
  }

  @Override
  protected void addToArray(Object array, long position, Object element) {
    checkRoom(array);
    super.addToArray(array, position, element);
  }

  /** Refuses one more element in a map or an array that has as many as are allowed. */
  static void checkRoom(Object mapOrArray) {
    int size =
        mapOrArray instanceof Map<?, ?> map
            ? map.size()
            : mapOrArray instanceof Collection<?> array ? array.size() : 0;
    if (size >= MAX_ELEMENTS) {
      throw new AvroRuntimeException(
          "a map or an array has more than " + MAX_ELEMENTS + " elements");
    }
  }
}
