package org.perceiveir.streams.inspect;

import static org.perceiveir.streams.inspect.RecordFilter.field;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.streams.payload.PayloadException;

/**
 * One record of a topic and what it says.
 *
 * @param record the record
 * @param schema full name of the schema that its value was written with; empty if it is no Avro
 * @param json its value; empty if it is no Avro
 * @param file what can be saved of it: the image of a frame, the JSON of telemetry
 * @param remark why nothing can be saved, where one might expect it
 */
public record InspectedRecord(
    ConsumerRecord<byte[], byte[]> record,
    Optional<String> schema,
    Optional<JsonNode> json,
    Optional<File> file,
    Optional<String> remark) {

  /** A field of telemetry, of a source's telemetry, of an alert. */
  private static final List<String> SAVED_AS_JSON = List.of("outcome", "outcomes", "evidence");

  /**
   * A file to be written.
   *
   * @param stem its name without extension, safe as one element of a path
   * @param extension without the dot
   * @param content its bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared: only a carrier.
  public record File(String stem, String extension, byte[] content) {}

  /** Reads images that are stored outside Kafka. */
  @FunctionalInterface
  interface Payloads {
    byte[] read(ExternalPayload reference) throws PayloadException;
  }

  /** What the project's schemas have in common: an image, an encoding and an identity. */
  static InspectedRecord of(
      ConsumerRecord<byte[], byte[]> record,
      String schema,
      @Nullable Object value,
      Payloads outside) {
    JsonNode json = AvroJson.of(value);
    Optional<File> file = Optional.empty();
    Optional<String> remark = Optional.empty();
    if (value instanceof GenericRecord fields) {
      String stem =
          identity(fields)
              .orElse(
                  FileNames.part(record.topic())
                      + "-p"
                      + record.partition()
                      + "-o"
                      + record.offset());
      Object image = field(fields, "payload");
      image = image == null ? field(fields, "external") : image;
      image = image == null ? field(fields, "image") : image;
      if (image != null) {
        try {
          byte[] encoded =
              image instanceof ByteBuffer inside
                  ? bytes(inside)
                  : outside.read(reference((GenericRecord) image));
          file = Optional.of(image(stem, fields, encoded));
        } catch (PayloadException e) {
          remark = Optional.of("the image is stored outside Kafka: " + e.getMessage());
        } catch (ImageFormatException | RuntimeException e) {
          remark = Optional.of("no image: " + e.getMessage());
        }
      } else if (SAVED_AS_JSON.stream().anyMatch(name -> field(fields, name) != null)) {
        byte[] text = (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
        file = Optional.of(new File(stem, "json", text));
      }
    }
    return new InspectedRecord(record, Optional.of(schema), Optional.of(json), file, remark);
  }

  static InspectedRecord noAvro(ConsumerRecord<byte[], byte[]> record, String why) {
    return new InspectedRecord(
        record, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(why));
  }

  /** {@code source-epoch-sequence}. */
  private static Optional<String> identity(GenericRecord fields) {
    if (field(fields, "identity") instanceof GenericRecord identity) {
      Object source = field(identity, "sourceId");
      Object epoch = field(identity, "streamEpoch");
      Object sequence = field(identity, "sequence");
      if (source != null && epoch instanceof Long && sequence instanceof Long) {
        return Optional.of(FileNames.part(String.valueOf(source)) + "-" + epoch + "-" + sequence);
      }
    }
    return Optional.empty();
  }

  /** PNG and JPEG as they are, once their header is one; bare pixels as PNG. */
  private static File image(String stem, GenericRecord fields, byte[] encoded)
      throws ImageFormatException {
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    String encoding = String.valueOf(field(fields, "encoding"));
    if (encoding.equals(ImageFormat.RGB8.name())) {
      int width = field(fields, "width") instanceof Integer w ? w : 0;
      int height = field(fields, "height") instanceof Integer h ? h : 0;
      byte[] png = ImageEncoder.encode(decoder.decodeRgb8(encoded, width, height), ImageFormat.PNG);
      return new File(stem, "png", png);
    }
    ImageFormat format = decoder.readHeader(encoded).format();
    return new File(stem, format == ImageFormat.JPEG ? "jpg" : "png", encoded);
  }

  private static ExternalPayload reference(GenericRecord fields) {
    return new ExternalPayload(
        String.valueOf(fields.get("uri")),
        (Long) fields.get("sizeBytes"),
        new Sha256(((GenericFixed) fields.get("sha256")).bytes()));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
