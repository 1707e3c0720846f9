package org.perceiveir.streams.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Avro's generic values as JSON that a person reads: bytes as {@code <123 bytes>}. */
public final class AvroJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int MAX_HEX = 64;

  private AvroJson() {}

  /** The JSON of a value. */
  public static JsonNode of(@Nullable Object value) {
    if (value instanceof IndexedRecord record) {
      ObjectNode object = JSON.objectNode();
      for (Schema.Field field : record.getSchema().getFields()) {
        object.set(field.name(), of(record.get(field.pos())));
      }
      return object;
    }
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = JSON.objectNode();
      map.forEach((key, element) -> object.set(String.valueOf(key), of(element)));
      return object;
    }
    if (value instanceof Collection<?> elements) {
      ArrayNode array = JSON.arrayNode();
      elements.forEach(element -> array.add(of(element)));
      return array;
    }
    if (value instanceof ByteBuffer bytes) {
      return JSON.textNode("<" + bytes.remaining() + " bytes>");
    }
    if (value instanceof GenericFixed fixed) {
      byte[] bytes = fixed.bytes();
      return JSON.textNode(
          bytes.length <= MAX_HEX
              ? HexFormat.of().formatHex(bytes)
              : "<" + bytes.length + " bytes>");
    }
    if (value instanceof Integer number) {
      return JSON.numberNode(number);
    }
    if (value instanceof Long number) {
      return JSON.numberNode(number);
    }
    if (value instanceof Float number && Float.isFinite(number)) {
      return JSON.numberNode(number);
    }
    if (value instanceof Double number && Double.isFinite(number)) {
      return JSON.numberNode(number);
    }
    if (value instanceof Boolean bool) {
      return JSON.booleanNode(bool);
    }
    return value == null ? JSON.nullNode() : JSON.textNode(String.valueOf(value));
  }
}
