package org.perceiveir.imaging.tile;

/**
 * A rectangle of a {@link TileGrid}, in pixels of the image.
 *
 * @param column place in the grid from the left, from 0
 * @param row place in the grid from the top, from 0
 * @param x left edge
 * @param y top edge
 * @param width the same for all tiles of a grid
 * @param height the same for all tiles of a grid
 */
public record Tile(int column, int row, int x, int y, int width, int height) {}
