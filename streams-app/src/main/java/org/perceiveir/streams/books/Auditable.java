package org.perceiveir.streams.books;

import java.time.Duration;

/** Books that an audit looks at again and again. */
interface Auditable extends AutoCloseable {

  /** The books now; quick, so what is in flight is not looked at where it is much. */
  BookStatement audit(Duration timeout);

  @Override
  void close();
}
