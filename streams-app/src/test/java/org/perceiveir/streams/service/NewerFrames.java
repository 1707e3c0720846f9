package org.perceiveir.streams.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.BadFrames;

/** A producer that is ahead: its schema of frames has one field more than ours. */
final class NewerFrames {
  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");

  private NewerFrames() {}

  /** Registers the schema and writes one frame with it in Confluent's wire format. */
  static byte[] serialize(ServiceConfig config, String source, long sequence)
      throws InterruptedException {
    Schema schema =
        new Schema.Parser()
            .parse(
                Frame.getClassSchema()
                    .toString()
                    .replaceFirst(
                        "\"fields\":\\[",
                        "\"fields\":[{\"name\":\"exposure\",\"type\":\"float\",\"default\":0},"));
    GenericRecord identity = new GenericData.Record(schema.getField("identity").schema());
    identity.put("sourceId", source);
    identity.put("streamEpoch", 1L);
    identity.put("sequence", sequence);
    GenericRecord frame = new GenericData.Record(schema);
    frame.put("exposure", 0.5f);
    frame.put("identity", identity);
    frame.put("width", 16);
    frame.put("height", 8);
    frame.put("encoding", new GenericData.EnumSymbol(schema.getField("encoding").schema(), "PNG"));
    frame.put(
        "payload", ByteBuffer.wrap(ImageEncoder.encode(BadFrames.image(16, 8), ImageFormat.PNG)));
    frame.put("attributes", Map.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    try {
      bytes.writeBytes(ByteBuffer.allocate(4).putInt(register(config, schema)).array());
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
      new GenericDatumWriter<GenericRecord>(schema).write(frame, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static int register(ServiceConfig config, Schema schema)
      throws IOException, InterruptedException {
    String body =
        "{\"schema\":\"" + schema.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"}";
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            config.registryUrl()
                                + "/subjects/"
                                + config.inputTopic()
                                + "-value/versions"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    Matcher id = ID.matcher(answer.body());
    if (!id.find()) {
      throw new IOException("the registry answered " + answer.body());
    }
    return Integer.parseInt(id.group(1));
  }
}
