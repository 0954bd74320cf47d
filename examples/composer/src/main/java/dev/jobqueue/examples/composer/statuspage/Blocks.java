package dev.jobqueue.examples.composer.statuspage;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/*
 * From a graph to layers of blocks, the part of a drawing that no size has a say in:
 *
 * 1. An arrow that follows from others (a to c, where a to b and b to c are drawn) is left out.
 * 2. Many vertices with the same arrows to and from them are drawn in one frame, which has these arrows once: the builds of a large compose.
 * 3. A block stands in the layer behind the last one that it comes after.
 * 4. An arrow over several layers gets a thin block in each one between, so that it finds a way through.
 * 5. Each layer is put in the order of the middle of its neighbors, a few times forth and back: that uncrosses most arrows.
 */

/**
 * A graph without cycles, cut into layers.
 *
 * @param layers from those that need nothing to those that nothing needs
 * @param arrows from each block to the ones in the next layer
 */
record Blocks(List<List<Block>> layers, Map<Block, List<Block>> arrows) {
    /** As many alike are drawn one by one. */
    static final int MOST_ALONE = 6;

    private static final int SWEEPS = 4;

    /**
     * What stands in a layer.
     *
     * @param vertices the vertices in it; none where only an arrow passes
     * @param number tells blocks apart
     */
    record Block(List<Integer> vertices, int number) {
        boolean passing() {
            return vertices.isEmpty();
        }
    }

    /**
     * Of vertices that are numbered so that each one comes after those that it needs.
     *
     * @param needs for each vertex the ones that it needs, all with lower numbers
     */
    static Blocks of(List<List<Integer>> needs) {
        List<BitSet> before = withoutImplied(needs);
        List<Block> blocks = blocks(before);
        Map<Integer, Block> blockOf = new HashMap<>();
        blocks.forEach(block -> block.vertices().forEach(vertex -> blockOf.put(vertex, block)));

        Map<Block, Integer> layerOf = new HashMap<>();
        List<List<Block>> layers = new ArrayList<>();
        Map<Block, List<Block>> arrows = new LinkedHashMap<>();
        int number = blocks.size();
        for (Block block : blocks) {
            List<Block> sources = before.get(block.vertices().get(0)).stream()
                    .mapToObj(vertex -> blockOf.get(vertex))
                    .distinct()
                    .toList();
            int layer = sources.stream()
                    .mapToInt(layerOf::get)
                    .map(l -> l + 1)
                    .max()
                    .orElse(0);
            layerOf.put(block, layer);
            put(layers, layer, block);
            for (Block source : sources) {
                Block from = source;
                for (int between = requireNonNull(layerOf.get(source)) + 1; between < layer; between++) {
                    Block passing = new Block(List.of(), number++);
                    put(layers, between, passing);
                    add(arrows, from, passing);
                    from = passing;
                }
                add(arrows, from, block);
            }
        }
        return new Blocks(uncrossed(layers, arrows), arrows);
    }

    private static void put(List<List<Block>> layers, int layer, Block block) {
        while (layers.size() <= layer) {
            layers.add(new ArrayList<>());
        }
        layers.get(layer).add(block);
    }

    private static void add(Map<Block, List<Block>> arrows, Block from, Block to) {
        arrows.computeIfAbsent(from, block -> new ArrayList<>()).add(to);
    }

    /** For each vertex the ones that it needs, but for those that another one of these needs in turn. */
    private static List<BitSet> withoutImplied(List<List<Integer>> needs) {
        List<BitSet> below = new ArrayList<>();
        List<BitSet> kept = new ArrayList<>();
        for (List<Integer> direct : needs) {
            BitSet own = new BitSet();
            BitSet implied = new BitSet();
            for (int need : direct) {
                own.set(need);
                implied.or(below.get(need));
            }
            BitSet all = (BitSet) implied.clone();
            all.or(own);
            below.add(all);
            own.andNot(implied);
            kept.add(own);
        }
        return kept;
    }

    /** In the order of the vertices; those of one block stand where the first one would. */
    private static List<Block> blocks(List<BitSet> before) {
        List<BitSet> after = IntStream.range(0, before.size())
                .mapToObj(vertex -> new BitSet())
                .toList();
        for (int vertex = 0; vertex < before.size(); vertex++) {
            int target = vertex;
            before.get(vertex).stream().forEach(source -> after.get(source).set(target));
        }
        Map<List<BitSet>, List<Integer>> alike = new LinkedHashMap<>();
        for (int vertex = 0; vertex < before.size(); vertex++) {
            alike.computeIfAbsent(List.of(before.get(vertex), after.get(vertex)), arrows -> new ArrayList<>())
                    .add(vertex);
        }
        List<List<Integer>> members = new ArrayList<>();
        for (List<Integer> vertices : alike.values()) {
            if (vertices.size() > MOST_ALONE) {
                members.add(vertices);
            } else {
                vertices.forEach(vertex -> members.add(List.of(vertex)));
            }
        }
        // What a vertex needs has a lower number, and so has the first one that is like it.
        members.sort(Comparator.comparing(vertices -> vertices.get(0)));
        List<Block> blocks = new ArrayList<>();
        members.forEach(vertices -> blocks.add(new Block(List.copyOf(vertices), blocks.size())));
        return blocks;
    }

    private static List<List<Block>> uncrossed(List<List<Block>> layers, Map<Block, List<Block>> arrows) {
        Map<Block, List<Block>> back = new HashMap<>();
        arrows.forEach((from, targets) -> targets.forEach(to -> add(back, to, from)));
        List<List<Block>> sorted =
                layers.stream().<List<Block>>map(ArrayList::new).toList();
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int layer = 1; layer < sorted.size(); layer++) {
                sort(sorted.get(layer), sorted.get(layer - 1), back);
            }
            for (int layer = sorted.size() - 2; layer >= 0; layer--) {
                sort(sorted.get(layer), sorted.get(layer + 1), arrows);
            }
        }
        return sorted;
    }

    private static void sort(List<Block> layer, List<Block> fixed, Map<Block, List<Block>> neighbors) {
        Map<Block, Integer> places = new HashMap<>();
        for (int i = 0; i < fixed.size(); i++) {
            places.put(fixed.get(i), i);
        }
        Map<Block, Double> middles = new HashMap<>();
        for (int i = 0; i < layer.size(); i++) {
            double otherwise = (i + 0.5) / layer.size() * fixed.size();
            middles.put(
                    layer.get(i),
                    neighbors.getOrDefault(layer.get(i), List.of()).stream()
                            .mapToInt(places::get)
                            .average()
                            .orElse(otherwise));
        }
        layer.sort(Comparator.comparing(middles::get));
    }
}
