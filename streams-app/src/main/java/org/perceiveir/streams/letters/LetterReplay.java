package org.perceiveir.streams.letters;

/**
 * What a replay of dead letters sent and what it left out.
 *
 * @param sent letters that are input records again; in a dry run, that would be
 * @param cut letters of which only the beginning is left
 * @param atLimit letters that have been sent again as often as is allowed
 * @param superseded letters whose frame was replayed and died again: the later letter counts
 * @param foreign records that do not tell which input record they were
 */
public record LetterReplay(long sent, long cut, long atLimit, long superseded, long foreign) {}
