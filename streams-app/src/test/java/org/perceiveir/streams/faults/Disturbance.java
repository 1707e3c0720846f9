package org.perceiveir.streams.faults;

/** What happens to the processes in one round; each leaves one that runs. */
enum Disturbance {
  /** kill -9 in mid-stream, then a new process. */
  KILL("kill -9") {
    @Override
    void strike(FaultRun run) {
      ServiceProcess victim = run.running();
      run.filmUntilRestored();
      run.pass(run.drawn(200, 1200));
      run.kill(victim);
      run.start();
      run.pass(run.drawn(200, 700));
    }
  },
  /** SIGTERM in mid-stream, then a new process. */
  TERMINATE("SIGTERM") {
    @Override
    void strike(FaultRun run) {
      ServiceProcess told = run.running();
      run.filmUntilRestored();
      run.pass(run.drawn(200, 1200));
      int code = told.terminate();
      if (code != 143) {
        throw new AssertionError("exit code " + code + "\n" + told.tail());
      }
      run.start();
      run.pass(run.drawn(200, 700));
    }
  },
  /** A second instance joins and leaves again. */
  REBALANCE("rebalance") {
    @Override
    void strike(FaultRun run) {
      ServiceProcess stays = run.running();
      run.filmUntilRestored();
      run.pass(run.drawn(0, 500));
      ServiceProcess joins = run.start();
      run.pass(run.drawn(1000, 2500));
      joins.terminate();
      run.pass(run.drawn(300, 800));
      if (!stays.isAlive()) {
        throw new AssertionError("the instance that stays has ended\n" + stays.tail());
      }
    }
  },
  /** kill -9 of one of two instances; the other takes over. */
  KILL_ONE_OF_TWO("kill -9, one of two") {
    @Override
    void strike(FaultRun run) {
      ServiceProcess victim = run.running();
      run.start();
      run.filmUntilRestored();
      run.pass(run.drawn(1500, 2500));
      run.kill(victim);
      run.pass(run.drawn(500, 1000));
    }
  },
  /** SIGSTOP until a second instance has taken over, then SIGCONT: a zombie with work in hand. */
  FREEZE("SIGSTOP") {
    @Override
    void strike(FaultRun run) {
      ServiceProcess frozen = run.running();
      ServiceProcess other = run.start();
      run.filmUntilRestored();
      run.pass(run.drawn(1000, 1500));
      frozen.freeze();
      // Past the session timeout; at times past that of its transaction too.
      run.pass(run.drawn(2500, 6000));
      frozen.thaw();
      run.pass(run.drawn(1000, 1500));
      other.terminate();
    }
  };

  private final String text;

  Disturbance(String text) {
    this.text = text;
  }

  /** As in the table of runs. */
  String text() {
    return text;
  }

  /** Films, disturbs, and leaves the cameras on. */
  abstract void strike(FaultRun run);
}
