package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;

/**
 * Every way in which a frame can be bad, with the reason it must be given. Made for {@code
 * frame.max.bytes=}{@value #FRAME_MAX_BYTES} and {@code decode.max.scans=4}.
 */
public final class BadFrames {
  /** The limit that some of the frames exceed. */
  public static final int FRAME_MAX_BYTES = 64 * 1024;

  /**
   * One bad record.
   *
   * @param name what is wrong
   * @param value its value
   * @param reason why it is dead-lettered
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record BadFrame(String name, byte @Nullable [] value, DeadLetterReason reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final Serializer<Frame> frames;
  private final Serializer<RestoredFrame> others;
  private final String topic;
  private final List<BadFrame> all = new ArrayList<>();

  private BadFrames(String topic, Map<String, ?> serdeSettings) {
    this.topic = topic;
    this.frames = ConfluentAvroSerde.forValue(Frame.class, serdeSettings).serializer();
    this.others = ConfluentAvroSerde.forValue(RestoredFrame.class, serdeSettings).serializer();
  }

  /**
   * All of them.
   *
   * @param topic input topic, for the subject of the schema
   * @param serdeSettings with the registry in which the schemas are
   */
  public static List<BadFrame> all(String topic, Map<String, ?> serdeSettings) {
    BadFrames bad = new BadFrames(topic, serdeSettings);
    bad.badRecords();
    bad.badIdentities();
    bad.badImages();
    bad.lyingFrames();
    return bad.all;
  }

  /** A small sound image. */
  public static RgbImage image(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 7);
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** A PNG of 16x8 whose text chunk inflates to 64 MiB. */
  public static byte[] metadataBomb() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(new byte[] {'a', 0, 0});
    text.writeBytes(deflated(new byte[64 << 20]));
    return withChunk(png(), "zTXt", text.toByteArray());
  }

  private void add(String name, byte @Nullable [] value, DeadLetterReason reason) {
    all.add(new BadFrame(name, value, reason));
  }

  private void badRecords() {
    byte[] sound = serialized(frame("cam", 0, 16, 8, FrameEncoding.PNG, png()));
    add("no value", null, DeadLetterReason.EMPTY_VALUE);
    add("empty value", new byte[0], DeadLetterReason.EMPTY_VALUE);
    add("one byte", new byte[1], DeadLetterReason.UNREADABLE_RECORD);
    add("plain text", "hello camera".getBytes(UTF_8), DeadLetterReason.UNREADABLE_RECORD);
    byte[] magic = sound.clone();
    magic[0] = 7;
    add("wrong magic", magic, DeadLetterReason.UNREADABLE_RECORD);
    byte[] unknown = sound.clone();
    ByteBuffer.wrap(unknown).putInt(1, 987_654);
    add("unknown schema id", unknown, DeadLetterReason.UNREADABLE_RECORD);
    byte[] negative = sound.clone();
    ByteBuffer.wrap(negative).putInt(1, -1);
    add("negative schema id", negative, DeadLetterReason.UNREADABLE_RECORD);
    add(
        "truncated record",
        Arrays.copyOf(sound, sound.length / 2),
        DeadLetterReason.UNREADABLE_RECORD);
    add(
        "bytes after it",
        Arrays.copyOf(sound, sound.length + 3),
        DeadLetterReason.UNREADABLE_RECORD);
    byte[] random = new byte[500];
    new Random(1).nextBytes(random);
    random[0] = 0;
    System.arraycopy(sound, 0, random, 0, 5);
    add("random bytes behind a prefix", random, DeadLetterReason.UNREADABLE_RECORD);
    add("a record of another schema", otherSchema(), DeadLetterReason.UNREADABLE_RECORD);
    add(
        "record above the limit",
        new byte[FRAME_MAX_BYTES + 600 * 1024],
        DeadLetterReason.RECORD_TOO_LARGE);
  }

  private byte[] otherSchema() {
    RestoredFrame other =
        new RestoredFrame(
            new FrameIdentity("cam", 0L, 0L, null),
            16,
            8,
            FrameEncoding.PNG,
            ByteBuffer.wrap(png()),
            null,
            RestorationOperation.RESTORED,
            null,
            null,
            null,
            new StageTimings(null, null, null, null),
            Map.of());
    return others.serialize(topic + ".other", other);
  }

  private void badIdentities() {
    add(
        "no source id",
        serialized(frame("", 0, 16, 8, FrameEncoding.PNG, png())),
        DeadLetterReason.INVALID_IDENTITY);
    add(
        "endless source id",
        serialized(frame("x".repeat(10_000), 0, 16, 8, FrameEncoding.PNG, png())),
        DeadLetterReason.INVALID_IDENTITY);
    add(
        "negative sequence",
        serialized(frame("cam", -1, 16, 8, FrameEncoding.PNG, png())),
        DeadLetterReason.INVALID_IDENTITY);
  }

  private void badImages() {
    image("empty payload", 16, 8, FrameEncoding.PNG, new byte[0], DeadLetterReason.IMAGE_EMPTY);
    image(
        "payload above the limit",
        16,
        8,
        FrameEncoding.PNG,
        new byte[FRAME_MAX_BYTES + 1],
        DeadLetterReason.IMAGE_TOO_MANY_BYTES);
    image(
        "neither PNG nor JPEG",
        16,
        8,
        FrameEncoding.PNG,
        "GIF89a and so on".getBytes(UTF_8),
        DeadLetterReason.IMAGE_UNKNOWN_FORMAT);
    image(
        "truncated PNG",
        16,
        8,
        FrameEncoding.PNG,
        Arrays.copyOf(png(), 45),
        DeadLetterReason.IMAGE_TRUNCATED);
    byte[] jpeg = ImageEncoder.encode(image(16, 8), ImageFormat.JPEG);
    image(
        "truncated JPEG",
        16,
        8,
        FrameEncoding.JPEG,
        Arrays.copyOf(jpeg, jpeg.length - 40),
        DeadLetterReason.IMAGE_TRUNCATED);
    byte[] cracked = png();
    cracked[cracked.length - 20] ^= 0x55;
    image(
        "PNG with a wrong checksum",
        16,
        8,
        FrameEncoding.PNG,
        cracked,
        DeadLetterReason.IMAGE_CORRUPT_PIXELS);
    image(
        "PNG without pixels",
        16,
        8,
        FrameEncoding.PNG,
        withChunk(pngHeader(16, 8), "IDAT", deflated(new byte[3])),
        DeadLetterReason.IMAGE_CORRUPT_PIXELS);
    image(
        "PNG of 60000x60000",
        60_000,
        60_000,
        FrameEncoding.PNG,
        withChunk(pngHeader(60_000, 60_000), "IDAT", deflated(new byte[100])),
        DeadLetterReason.IMAGE_SIZE_OUT_OF_RANGE);
    image(
        "PNG whose chunk claims 2 GB",
        16,
        8,
        FrameEncoding.PNG,
        claiming(png()),
        DeadLetterReason.IMAGE_TRUNCATED);
    image(
        "PNG with an unknown critical chunk",
        16,
        8,
        FrameEncoding.PNG,
        withChunk(png(), "EVIL", new byte[8]),
        DeadLetterReason.IMAGE_UNSUPPORTED);
    image(
        "JPEG with too many scans",
        16,
        8,
        FrameEncoding.JPEG,
        progressiveJpeg(),
        DeadLetterReason.IMAGE_TOO_MANY_SCANS);
  }

  private void lyingFrames() {
    image("another size", 8, 16, FrameEncoding.PNG, png(), DeadLetterReason.SIZE_MISMATCH);
    image("another encoding", 16, 8, FrameEncoding.JPEG, png(), DeadLetterReason.ENCODING_MISMATCH);
    image(
        "RGB8 too short",
        16,
        8,
        FrameEncoding.RGB8,
        new byte[16 * 8 * 3 - 1],
        DeadLetterReason.IMAGE_TRUNCATED);
    image(
        "RGB8 too long",
        16,
        8,
        FrameEncoding.RGB8,
        new byte[16 * 8 * 3 + 1],
        DeadLetterReason.SIZE_MISMATCH);
    image(
        "no width",
        0,
        8,
        FrameEncoding.RGB8,
        new byte[3],
        DeadLetterReason.IMAGE_SIZE_OUT_OF_RANGE);
    image(
        "negative size",
        -4,
        -4,
        FrameEncoding.RGB8,
        new byte[48],
        DeadLetterReason.IMAGE_SIZE_OUT_OF_RANGE);
    Frame external = frame("cam", 0, 16, 8, FrameEncoding.PNG, png());
    external.setPayload(new ExternalPayload("file:///frames/1.png", 17L, new Sha256(new byte[32])));
    add("pixels outside Kafka", serialized(external), DeadLetterReason.PAYLOAD_NOT_ALLOWED);
  }

  private void image(
      String name,
      int width,
      int height,
      FrameEncoding encoding,
      byte[] payload,
      DeadLetterReason reason) {
    add(name, serialized(frame("cam", 0, width, height, encoding, payload)), reason);
  }

  private byte[] serialized(Frame frame) {
    return frames.serialize(topic, frame);
  }

  /** A frame of epoch 1 without capture time or attributes. */
  public static Frame frame(
      String source, long sequence, int width, int height, FrameEncoding encoding, byte[] payload) {
    return new Frame(
        new FrameIdentity(source, 1L, sequence, null),
        width,
        height,
        encoding,
        ByteBuffer.wrap(payload),
        Map.of());
  }

  private static byte[] png() {
    return ImageEncoder.encode(image(16, 8), ImageFormat.PNG);
  }

  private static byte[] pngHeader(int width, int height) {
    ByteBuffer header = ByteBuffer.allocate(13);
    header.putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    png.writeBytes(chunk("IHDR", header.array()));
    png.writeBytes(chunk("IEND", new byte[0]));
    return png.toByteArray();
  }

  /** Puts a chunk in front of the last one, which is IEND. */
  private static byte[] withChunk(byte[] png, String type, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(png, 0, png.length - 12);
    out.writeBytes(chunk(type, content));
    out.write(png, png.length - 12, 12);
    return out.toByteArray();
  }

  private static byte[] claiming(byte[] png) {
    byte[] claiming = withChunk(png, "tEXt", new byte[4]);
    ByteBuffer.wrap(claiming).putInt(claiming.length - 12 - 16, Integer.MAX_VALUE);
    return claiming;
  }

  private static byte[] chunk(String type, byte[] content) {
    byte[] named = new byte[4 + content.length];
    System.arraycopy(type.getBytes(UTF_8), 0, named, 0, 4);
    System.arraycopy(content, 0, named, 4, content.length);
    CRC32 crc = new CRC32();
    crc.update(named);
    ByteBuffer chunk = ByteBuffer.allocate(8 + named.length);
    return chunk.putInt(content.length).put(named).putInt((int) crc.getValue()).array();
  }

  private static byte[] deflated(byte[] content) {
    Deflater deflater = new Deflater(9);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    while (!deflater.finished()) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return out.toByteArray();
  }

  private static byte[] progressiveJpeg() {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
