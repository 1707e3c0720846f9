package org.perceiveir.model.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class NativeScopeTest {
  private final List<String> closed = new ArrayList<>();

  private AutoCloseable resource(String name) {
    return () -> closed.add(name);
  }

  /** TensorFlow hangs for ever if a graph is closed before its session. */
  @Test
  void shouldCloseTheTreeInReverseOrderWhenItsRootIsClosed() {
    int before = NativeScope.openResources();
    NativeScope root = NativeScope.named("root");
    root.own(resource("graph"));
    NativeScope inner = root.own(NativeScope.named("inner"));
    inner.own(resource("first tensor"));
    inner.own(resource("second tensor"));
    root.own(resource("session"));
    assertThat(NativeScope.openResources()).isEqualTo(before + 4);

    root.close();
    root.close();

    assertThat(closed).containsExactly("session", "second tensor", "first tensor", "graph");
    assertThat(NativeScope.openResources()).isEqualTo(before);
    assertThat(inner.isClosed()).isTrue();
  }

  @Test
  void shouldCloseWhatWasOpenedWhenAStepFails() {
    assertThatThrownBy(
            () -> {
              try (NativeScope opening = NativeScope.named("model")) {
                opening.own(resource("graph"));
                opening.own(resource("session"));
                throw new IllegalArgumentException("weights do not fit");
              }
            })
        .hasMessage("weights do not fit");

    assertThat(closed).containsExactly("session", "graph");
  }

  @Test
  void shouldKeepEverythingOpenWhenItWasHandedOver() {
    NativeScope kept;
    try (NativeScope opening = NativeScope.named("model")) {
      opening.own(resource("graph"));
      opening.own(resource("session"));
      kept = opening.handOver();
    }
    assertThat(closed).isEmpty();

    kept.close();

    assertThat(closed).containsExactly("session", "graph");
  }

  @Test
  void shouldRefuseUseAndResourcesWhenItIsClosed() {
    NativeScope scope = NativeScope.named("bundle b 1");
    scope.close();

    assertThatThrownBy(() -> scope.use(() -> "used"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("bundle b 1 is closed");
    assertThatThrownBy(scope::handOver).hasMessage("bundle b 1 is closed");
    assertThatThrownBy(() -> scope.own(resource("late"))).hasMessage("bundle b 1 is closed");
    assertThat(closed).as("who cannot be owned must not leak").containsExactly("late");
  }

  @Test
  void shouldCloseTheOthersWhenAResourceFailsToClose() {
    NativeScope scope = NativeScope.named("model");
    scope.own(resource("graph"));
    scope.own(
        () -> {
          throw new IllegalStateException("lost device");
        });

    assertThatThrownBy(scope::close)
        .hasMessage("model could not be closed")
        .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("lost device"));
    assertThat(closed).containsExactly("graph");
  }

  @Test
  void shouldWaitForUsesBeforeItCloses() throws Exception {
    NativeScope scope = NativeScope.named("model");
    scope.own(resource("session"));
    CountDownLatch closing = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> close =
          scope.use(
              () -> {
                Future<?> submitted =
                    thread.submit(
                        () -> {
                          closing.countDown();
                          scope.close();
                        });
                assertThatCode(closing::await).doesNotThrowAnyException();
                assertThat(closed).isEmpty();
                assertThatThrownBy(scope::close)
                    .hasMessage("model cannot be closed by who uses it");
                return submitted;
              });
      close.get();
      assertThat(closed).containsExactly("session");
    } finally {
      thread.shutdown();
    }
  }
}
