package org.perceiveir.cli.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The module table of the project, read off the compiled classes.
 *
 * <p>Maven alone does not keep it: a transitive dependency puts more classes on a module's class
 * path than the table allows.
 */
class ArchitectureTest {
  private static final String ROOT = "org.perceiveir";

  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "schemas,  ''",
    "imaging,  ''",
    "embedded, ''",
    "capture,  imaging",
    "model,    imaging",
    "trainer,  imaging model",
    "streams,  schemas imaging model",
    "cli,      schemas imaging capture model trainer streams embedded",
  })
  void shouldDependOnlyOnTheModulesOfTheTable(String module, String allowed) {
    List<String> packages = new ArrayList<>(List.of(inModule(module)));
    if (!allowed.isEmpty()) {
      for (String other : allowed.split(" ", -1)) {
        packages.add(inModule(other));
      }
    }
    DescribedPredicate<JavaClass> outsideTheTable =
        resideInAPackage(ROOT + "..")
            .and(DescribedPredicate.not(resideInAnyPackage(packages.toArray(new String[0]))))
            .as("modules outside %s", packages);

    noClasses()
        .that()
        .resideInAPackage(inModule(module))
        .should()
        .dependOnClassesThat(outsideTheTable)
        .check(PRODUCTION);
  }

  @Test
  void shouldKnowEveryPackageRoot() {
    // A new module must get its line in the table above, else nothing binds it.
    List<String> roots =
        PRODUCTION.stream()
            .map(c -> c.getPackageName().substring(ROOT.length() + 1).split("\\.", -1)[0])
            .distinct()
            .sorted()
            .toList();

    assertThat(roots)
        .containsExactly(
            "capture", "cli", "embedded", "imaging", "model", "schemas", "streams", "trainer");
  }

  @Test
  void shouldHaveNoPackageCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(PRODUCTION);
  }

  @Test
  void shouldBuildImagingOnTheJdkAlone() {
    noClasses()
        .that()
        .resideInAPackage(inModule("imaging"))
        .should()
        .dependOnClassesThat(
            DescribedPredicate.not(
                resideInAnyPackage(inModule("imaging"), "java..", "javax..", "org.jspecify..")))
        .check(PRODUCTION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"schemas", "imaging", "capture", "model", "trainer", "embedded"})
  void shouldKeepKafkaStreamsInTheStreamsModule(String module) {
    noClasses()
        .that()
        .resideInAPackage(inModule(module))
        .should()
        .dependOnClassesThat(resideInAPackage("org.apache.kafka.streams.."))
        .check(PRODUCTION);
  }

  @Test
  void shouldKeepKafkaOutOfTheNetwork() {
    noClasses()
        .that()
        .resideInAnyPackage(
            inModule("imaging"), inModule("capture"), inModule("model"), inModule("trainer"))
        .should()
        .dependOnClassesThat(resideInAPackage("org.apache.kafka.."))
        .check(PRODUCTION);
  }

  @Test
  void shouldKeepTheBrokerOffTheProductionPath() {
    noClasses()
        .that()
        .resideOutsideOfPackages(inModule("embedded"), inModule("cli"))
        .should()
        .dependOnClassesThat(resideInAnyPackage("kafka..", "scala..", inModule("embedded")))
        .check(PRODUCTION);
  }

  @Test
  void shouldKeepFfmpegInTheCaptureModule() {
    // The service decodes what strangers send with Java's decoders only, and does not ship FFmpeg.
    noClasses()
        .that()
        .resideOutsideOfPackage(inModule("capture"))
        .should()
        .dependOnClassesThat(resideInAPackage("org.bytedeco.ffmpeg.."))
        .check(PRODUCTION);
  }

  @Test
  void shouldMakeNoReferenceVariables() {
    // Ops.variable makes VariableV2, whose buffer an update may free while a step reads it: races,
    // then a crash of the process. Resource variables (varHandleOp) are the safe kind.
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "Ops.variable or Ops.temporaryVariable is called",
                call ->
                    call.getTargetOwner().getName().equals("org.tensorflow.op.Ops")
                        && call.getName().matches("variable|temporaryVariable")))
        .orShould()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are reference variables",
                (JavaClass c) ->
                    c.getName().matches("org\\.tensorflow\\.op\\.core\\.(Temporary)?Variable")))
        .check(PRODUCTION);
  }

  @Test
  void shouldDecodeAndEncodeImagesInJavaOnly() {
    // No native decoder may be reachable from the bytes of a stranger.
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "an image codec of TensorFlow is called",
                call ->
                    call.getTargetOwner().getName().equals("org.tensorflow.op.ImageOps")
                        && call.getName().matches("(de|en)code.*|extractJpegShape")))
        .orShould()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are image codecs of TensorFlow",
                (JavaClass c) ->
                    c.getName()
                        .matches(
                            "org\\.tensorflow\\.op\\.image\\.(Decode|Encode|ExtractJpegShape).*")))
        .check(PRODUCTION);
  }

  @Test
  void shouldReadNoGraphAndNoObjectsFromFiles() {
    // A model is weights and JSON. A SavedModel, a graph or a Java object from a file is code.
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "a graph or a library is loaded into TensorFlow",
                call ->
                    call.getTargetOwner().getPackageName().startsWith("org.tensorflow")
                        && call.getName().matches("importGraphDef|loadLibrary|load")))
        .orShould()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "read Java objects",
                (JavaClass c) -> c.getName().equals("java.io.ObjectInputStream")))
        .check(PRODUCTION);
  }

  @Test
  void shouldNameNoForbiddenOperationAsText() throws IOException {
    // A raw opBuilder("DecodeJpeg", ...) passes the rules on types; its name lies in the class
    // file.
    Pattern forbidden =
        Pattern.compile(
            "\\b(VariableV2|TemporaryVariable|(Decode|Encode)(Jpeg|Png|Gif|Bmp|Image|AndCropJpeg|JpegVariableQuality))\\b");
    List<String> offenders = new ArrayList<>();
    for (JavaClass c : PRODUCTION) {
      var source = c.getSource();
      if (source.isEmpty()) {
        continue;
      }
      try (InputStream in = source.get().getUri().toURL().openStream()) {
        var match = forbidden.matcher(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        if (match.find()) {
          offenders.add(c.getName() + " names " + match.group());
        }
      }
    }

    assertThat(PRODUCTION).isNotEmpty();
    assertThat(offenders).isEmpty();
  }

  private static String inModule(String module) {
    return ROOT + "." + module + "..";
  }
}
