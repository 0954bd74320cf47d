package dev.jobqueue.examples.composer.statuspage;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.examples.composer.statuspage.Blocks.Block;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A graph as boxes and arrows, in the units of an SVG image.
 *
 * @param frames around boxes that have the same arrows
 * @param arrows paths, for SVG
 */
record Drawing(int width, int height, List<Box> boxes, List<Frame> frames, List<String> arrows) {
    /** Room around everything. */
    private static final int MARGIN = 4;

    /** How wide the way of an arrow is that passes a layer. */
    private static final int PASSING = 12;

    /** Room between a frame and its boxes. */
    private static final int INSIDE = 8;

    /** How much smaller the distance is between the boxes in a frame. */
    private static final int CLOSER = 2;

    /**
     * Sizes.
     *
     * @param boxWidth of a box
     * @param layers the distance between two layers, for the arrows
     * @param siblings the distance between two boxes of a layer
     * @param maxWidth how wide the drawing should be, if that can be
     */
    record Sizes(int boxWidth, int boxHeight, int layers, int siblings, int maxWidth) {}

    /** Where a vertex stands. */
    record Box(int vertex, int x, int y) {}

    /** A frame, with the number of boxes in it. */
    record Frame(int x, int y, int width, int height, int count) {}

    /** Where a block stands. */
    private record Place(int x, int y, int width, int height) {}

    /** The layers from left to right or from top to bottom, and boxes in one frame in so many columns: the one that fits the width and is least high. */
    static Drawing of(Blocks blocks, Sizes sizes) {
        return Stream.of(false, true)
                .flatMap(down ->
                        IntStream.rangeClosed(1, 8).mapToObj(columns -> new Plan(blocks, sizes, down, columns).draw()))
                .min(Comparator.comparing((Drawing drawing) -> Math.max(drawing.width, sizes.maxWidth))
                        .thenComparing(Drawing::height))
                .orElseThrow();
    }

    /**
     * One way to draw.
     *
     * @param down whether layers go from top to bottom, not from left to right
     */
    private record Plan(Blocks blocks, Sizes sizes, boolean down, int columns) {
        Drawing draw() {
            Map<Block, Place> places = places();
            int width = MARGIN
                    + places.values().stream()
                            .mapToInt(p -> p.x + p.width)
                            .max()
                            .orElse(0);
            int height = MARGIN
                    + places.values().stream()
                            .mapToInt(p -> p.y + p.height)
                            .max()
                            .orElse(0);
            List<Box> boxes = new ArrayList<>();
            List<Frame> frames = new ArrayList<>();
            places.forEach((block, place) -> {
                if (block.vertices().size() > 1) {
                    frames.add(new Frame(
                            place.x,
                            place.y,
                            place.width,
                            place.height,
                            block.vertices().size()));
                }
                boxes.addAll(boxes(block, place));
            });
            boxes.sort(Comparator.comparing(Box::vertex));
            return new Drawing(width, height, boxes, frames, arrows(places));
        }

        private Map<Block, Place> places() {
            int breadth = blocks.layers().stream().mapToInt(this::breadth).max().orElse(0);
            Map<Block, Place> places = new HashMap<>();
            int depth = MARGIN;
            for (List<Block> layer : blocks.layers()) {
                int deep = layer.stream().mapToInt(this::depth).max().orElse(0);
                int across = MARGIN + (breadth - breadth(layer)) / 2;
                for (Block block : layer) {
                    int own = block.passing() ? deep : depth(block);
                    int from = depth + (deep - own) / 2;
                    places.put(
                            block,
                            down
                                    ? new Place(across, from, breadth(block), own)
                                    : new Place(from, across, own, breadth(block)));
                    across += breadth(block) + sizes.siblings;
                }
                depth += deep + sizes.layers;
            }
            return places;
        }

        /** The size of a layer across the direction of the arrows. */
        private int breadth(List<Block> layer) {
            return layer.stream().mapToInt(this::breadth).sum() + sizes.siblings * (layer.size() - 1);
        }

        private int breadth(Block block) {
            if (block.passing()) {
                return PASSING;
            }
            return down ? width(block) : height(block);
        }

        /** The size along the direction of the arrows. */
        private int depth(Block block) {
            if (block.passing()) {
                return 0;
            }
            return down ? height(block) : width(block);
        }

        private int width(Block block) {
            return framed(block, Math.min(columns, block.vertices().size()), sizes.boxWidth);
        }

        private int height(Block block) {
            return framed(block, (block.vertices().size() + columns - 1) / columns, sizes.boxHeight);
        }

        private int framed(Block block, int boxes, int size) {
            return block.vertices().size() == 1 ? size : boxes * size + (boxes - 1) * distance() + 2 * INSIDE;
        }

        private int distance() {
            return sizes.siblings / CLOSER;
        }

        private List<Box> boxes(Block block, Place place) {
            int inside = block.vertices().size() > 1 ? INSIDE : 0;
            List<Box> boxes = new ArrayList<>();
            for (int i = 0; i < block.vertices().size(); i++) {
                boxes.add(new Box(
                        block.vertices().get(i),
                        place.x + inside + i % columns * (sizes.boxWidth + distance()),
                        place.y + inside + i / columns * (sizes.boxHeight + distance())));
            }
            return boxes;
        }

        /** One path for each arrow; where it passes a layer it goes straight through. */
        private List<String> arrows(Map<Block, Place> places) {
            List<String> paths = new ArrayList<>();
            blocks.arrows().forEach((from, targets) -> {
                if (!from.passing()) {
                    targets.forEach(to -> paths.add(path(from, to, places)));
                }
            });
            return paths;
        }

        private String path(Block from, Block first, Map<Block, Place> places) {
            StringBuilder path = new StringBuilder();
            Place last = requireNonNull(places.get(from));
            path.append(String.format(Locale.ROOT, "M%d %d", exitX(last), exitY(last)));
            for (Block to = first; ; to = next(to)) {
                Place place = requireNonNull(places.get(to));
                curve(path, last, place);
                if (!to.passing()) {
                    return path.toString();
                }
                path.append(String.format(Locale.ROOT, " L%d %d", exitX(place), exitY(place)));
                last = place;
            }
        }

        /** Where an arrow goes on that passes a layer. */
        private Block next(Block passing) {
            return requireNonNull(blocks.arrows().get(passing)).get(0);
        }

        private void curve(StringBuilder path, Place from, Place to) {
            int x0 = exitX(from);
            int y0 = exitY(from);
            int x1 = down ? to.x + to.width / 2 : to.x;
            int y1 = down ? to.y : to.y + to.height / 2;
            int bend = (down ? y1 - y0 : x1 - x0) / 2;
            path.append(
                    down
                            ? String.format(Locale.ROOT, " C%d %d %d %d %d %d", x0, y0 + bend, x1, y1 - bend, x1, y1)
                            : String.format(Locale.ROOT, " C%d %d %d %d %d %d", x0 + bend, y0, x1 - bend, y1, x1, y1));
        }

        private int exitX(Place place) {
            return down ? place.x + place.width / 2 : place.x + place.width;
        }

        private int exitY(Place place) {
            return down ? place.y + place.height : place.y + place.height / 2;
        }
    }
}
