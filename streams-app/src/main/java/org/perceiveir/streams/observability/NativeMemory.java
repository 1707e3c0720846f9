package org.perceiveir.streams.observability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/** What the process takes outside the heap. NaN where the system does not tell. */
final class NativeMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private NativeMemory() {}

  /** Bytes that JavaCPP's pointers own. */
  static double ownedByPointers() {
    try {
      return Pointer.totalBytes();
    } catch (LinkageError e) {
      return Double.NaN;
    }
  }

  /** Resident bytes of the process. */
  static double resident() {
    try {
      // The line reads "VmRSS:    123456 kB".
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(RESIDENT))
          .map(line -> line.substring(RESIDENT.length()).trim().split(" ", -1)[0])
          .mapToDouble(kilobytes -> Long.parseLong(kilobytes) * 1024.0)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return residentByPointer();
    }
  }

  private static double residentByPointer() {
    try {
      return Pointer.physicalBytes();
    } catch (LinkageError e) {
      return Double.NaN;
    }
  }
}
