package org.perceiveir.streams.live;

import org.jspecify.annotations.Nullable;

/**
 * A dead letter for the page. All text is plain: no control or format characters.
 *
 * @param id counts up
 * @param source the source of the frame, or the key of a record that is no frame
 * @param reason the kind
 * @param message in words
 * @param place topic, partition and offset
 * @param epochMs when it was decided, in milliseconds since 1970
 * @param bytes size of the record's value
 * @param picture PNG of pixels that our own decoder has read; null where it could not
 * @param dump the first bytes in hexadecimal; null where there is a picture
 * @param note why there is no picture; null where there is one
 */
@SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
record LetterSample(
    long id,
    String source,
    String reason,
    String message,
    String place,
    long epochMs,
    long bytes,
    byte @Nullable [] picture,
    @Nullable String dump,
    @Nullable String note) {}
