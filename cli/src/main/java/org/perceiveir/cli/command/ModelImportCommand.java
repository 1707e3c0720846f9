package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.model.weights.PublicWeights.Kind;
import org.perceiveir.model.weights.RecognisedWeights;
import org.perceiveir.model.weights.StateDictException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ./perceive model import}. */
@Command(
    name = "import",
    description = {
      "Takes in weights that others published, from a safetensors file; docs/weights.md says how to"
          + " make one.",
      "Every name, shape and number is checked. restormer and nafnet become a model bundle, ready"
          + " for ./perceive restore --bundle DIR; the others a directory for the trainer."
    })
public final class ModelImportCommand implements Callable<Integer> {
  /** How PyTorch's archives begin; as a header length of safetensors both are out of bounds. */
  private static final byte[] ZIP = {'P', 'K', 3, 4};

  private static final byte[] PICKLE = {(byte) 0x80, 2, (byte) 0x8a, 10};

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

  @Spec private CommandSpec spec;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      required = true,
      converter = KindConverter.class,
      description = "What network it is: clip, dinov2, vgg16, alexnet, restormer or" + " nafnet.")
  private Kind kind;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file of its state dict.")
  private Path file;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where it will be; only an empty directory or an older import is replaced.")
  private Path out;

  /** Kinds by their names in lower case. */
  static final class KindConverter implements ITypeConverter<Kind> {
    @Override
    public Kind convert(String value) {
      for (Kind kind : Kind.values()) {
        if (kind.id().equals(value.toLowerCase(Locale.ROOT))) {
          return kind;
        }
      }
      throw new TypeConversionException(
          "'"
              + value
              + "' is none of "
              + Arrays.stream(Kind.values()).map(Kind::id).collect(Collectors.joining(", ")));
    }
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure("--file " + file + " is no file", "name a safetensors file");
    }
    checkOut();
    MessageDigest digest = HashedFile.sha256Digest();
    SafeTensors.Floats read = read(digest);
    EncoderDirectory.Source source =
        new EncoderDirectory.Source(
            String.valueOf(file.getFileName()), HexFormat.of().formatHex(digest.digest()));
    RecognisedWeights recognised;
    try {
      recognised = PublicWeights.recognise(kind, read);
    } catch (WeightMismatchException e) {
      return list(e);
    } catch (StateDictException e) {
      throw new CommandFailure(
          file + ": " + e.getMessage(), "see docs/weights.md for what is expected", e);
    }
    String stored =
        kind.restores() ? storeBundle(recognised, source) : storeEncoder(recognised, source);
    PrintWriter printed = spec.commandLine().getOut();
    printed.printf(Locale.ROOT, "kind          %s%n", kind.id());
    printed.printf(Locale.ROOT, "architecture  %s%n", architecture(recognised));
    printed.printf(Locale.ROOT, "parameters    %,d%n", recognised.parameters());
    printed.printf(Locale.ROOT, "SHA-256       %s  %s%n", source.sha256(), source.file());
    if (kind == Kind.CLIP) {
      printed.println(
          "assumed       QuickGELU and heads of 64 features, as OpenAI's weights have them;"
              + " OpenCLIP's differ and no tensor tells");
    }
    printed.println(stored);
    printed.flush();
    return 0;
  }

  /** One line that sums up, then one for each tensor: whoever converts a file needs all of them. */
  private int list(WeightMismatchException e) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        "perceive: "
            + printable(file + " is not of a " + kind.id() + " network: " + e.summary())
            + "; choose another --kind or --file");
    for (String problem : e.problems()) {
      err.println("  " + printable(problem));
    }
    err.flush();
    return ExitCode.SOFTWARE;
  }

  /** Names are the file's, and may hold anything. */
  private static String printable(String text) {
    return CONTROL.matcher(text).replaceAll("?");
  }

  /** Before the file is read, so that nobody waits for a refusal. */
  private void checkOut() throws IOException {
    boolean older =
        Files.isRegularFile(
            out.resolve(kind.restores() ? ModelBundle.MODEL_FILE : EncoderDirectory.ENCODER_FILE));
    if (!Files.exists(out) || older) {
      return;
    }
    boolean empty = false;
    if (Files.isDirectory(out)) {
      try (var files = Files.list(out)) {
        empty = files.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new CommandFailure(
          "--out " + out + " exists and is no older import of this kind",
          "name a new or an empty directory");
    }
  }

  private SafeTensors.Floats read(MessageDigest digest) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(ZIP.length);
      if (Arrays.equals(magic, ZIP) || Arrays.equals(magic, PICKLE)) {
        throw new CommandFailure(
            "--file " + file + " is an archive of PyTorch, whose code this program does not run",
            "turn it into safetensors as docs/weights.md shows");
      }
    }
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      return SafeTensors.readFloats(in, Files.size(file));
    } catch (SafeTensorsException e) {
      throw new CommandFailure(
          "--file " + file + ": " + e.getMessage(),
          "convert or download it again; docs/weights.md shows how",
          e);
    }
  }

  private String storeBundle(RecognisedWeights recognised, EncoderDirectory.Source source)
      throws IOException {
    Preset preset = Preset.fromJson(recognised.config());
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record
        .putObject("imported")
        .put("kind", kind.id())
        .put("file", source.file())
        .put("sha256", source.sha256());
    ModelBundle bundle =
        ModelBundle.write(out, kind.id(), "0", preset, recognised.weights(), record);
    return "model bundle  " + bundle + " in " + out + ": ./perceive restore --bundle " + out;
  }

  private String storeEncoder(RecognisedWeights recognised, EncoderDirectory.Source source)
      throws IOException {
    EncoderDirectory.write(out, recognised, source);
    return "encoder       in " + out;
  }

  private static String architecture(RecognisedWeights recognised) {
    ObjectNode config = recognised.config();
    Object shown = config.has("backbone") ? config.get("backbone") : config;
    return shown.toString().replaceAll("[{}\"]", "").replace(":", " ").replace(",", ", ");
  }
}
