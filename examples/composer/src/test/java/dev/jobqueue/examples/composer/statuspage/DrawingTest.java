package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.examples.composer.statuspage.Blocks.Block;
import dev.jobqueue.examples.composer.statuspage.Drawing.Box;
import dev.jobqueue.examples.composer.statuspage.Drawing.Sizes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Boxes and arrows of any graph. */
class DrawingTest {
    private static final Sizes PHONE = new Sizes(88, 66, 20, 10, 312);
    private static final Sizes DESKTOP = new Sizes(192, 56, 64, 16, 1080);

    /** One before many, which are before a last one; this needs the first one too. */
    private static List<List<Integer>> koji(int builds) {
        List<List<Integer>> needs = new ArrayList<>();
        needs.add(List.of());
        IntStream.range(0, builds).forEach(i -> needs.add(List.of(0)));
        needs.add(IntStream.rangeClosed(0, builds).boxed().toList());
        return needs;
    }

    private static List<List<Integer>> chain(int length) {
        List<List<Integer>> needs = new ArrayList<>();
        IntStream.range(0, length).forEach(i -> needs.add(i == 0 ? List.of() : List.of(i - 1)));
        return needs;
    }

    private static List<List<Integer>> random(long seed, int vertices) {
        Random random = new Random(seed);
        List<List<Integer>> needs = new ArrayList<>();
        for (int i = 0; i < vertices; i++) {
            Set<Integer> own = new HashSet<>();
            for (int n = random.nextInt(4); n > 0 && i > 0; n--) {
                own.add(random.nextInt(i));
            }
            needs.add(List.copyOf(own));
        }
        return needs;
    }

    /** Whether one vertex comes before another, by arrows that are drawn. */
    private static boolean leads(Blocks blocks, int from, int to) {
        Map<Integer, Block> blockOf = new HashMap<>();
        blocks.layers().forEach(layer -> layer.forEach(block -> block.vertices().forEach(v -> blockOf.put(v, block))));
        List<Block> work = new ArrayList<>(List.of(blockOf.get(from)));
        Set<Block> reached = new HashSet<>();
        while (!work.isEmpty()) {
            for (Block next : blocks.arrows().getOrDefault(work.remove(work.size() - 1), List.of())) {
                if (reached.add(next)) {
                    work.add(next);
                }
            }
        }
        return reached.contains(blockOf.get(to));
    }

    private static void assertSound(List<List<Integer>> needs, Sizes sizes) {
        Blocks blocks = Blocks.of(needs);
        for (int vertex = 0; vertex < needs.size(); vertex++) {
            for (int need : needs.get(vertex)) {
                assertThat(leads(blocks, need, vertex))
                        .as("%s before %s", need, vertex)
                        .isTrue();
            }
        }
        Drawing drawing = Drawing.of(blocks, sizes);
        List<Box> boxes = drawing.boxes();
        assertThat(boxes)
                .extracting(Box::vertex)
                .containsExactlyElementsOf(
                        IntStream.range(0, needs.size()).boxed().toList());
        for (Box box : boxes) {
            assertThat(box.x()).isBetween(0, drawing.width() - sizes.boxWidth());
            assertThat(box.y()).isBetween(0, drawing.height() - sizes.boxHeight());
            for (Box other : boxes) {
                assertThat(box.equals(other)
                                || Math.abs(box.x() - other.x()) >= sizes.boxWidth()
                                || Math.abs(box.y() - other.y()) >= sizes.boxHeight())
                        .as("%s and %s do not overlap", box, other)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 30, 100})
    void boxesNeverOverlapAndEveryDependencyIsAWayOfArrows(int vertices) {
        for (long seed = 0; seed < 20; seed++) {
            assertSound(random(seed, vertices), PHONE);
            assertSound(random(seed, vertices), DESKTOP);
        }
    }

    @Test
    void arrowsThatFollowFromOthersAreLeftOut() {
        Drawing drawing = Drawing.of(Blocks.of(koji(3)), DESKTOP);
        assertThat(drawing.arrows()).hasSize(6);
        assertThat(drawing.frames()).isEmpty();
    }

    @Test
    void aSmallKojiComposeGoesFromLeftToRightAlsoOnAPhone() {
        for (Sizes sizes : List.of(PHONE, DESKTOP)) {
            List<Box> boxes = Drawing.of(Blocks.of(koji(2)), sizes).boxes();
            assertThat(boxes.get(0).x()).isLessThan(boxes.get(1).x());
            assertThat(boxes.get(1).x())
                    .isEqualTo(boxes.get(2).x())
                    .isLessThan(boxes.get(3).x());
        }
    }

    @Test
    void manyAlikeStandInOneFrameThatFits() {
        Drawing phone = Drawing.of(Blocks.of(koji(98)), PHONE);
        assertThat(phone.width()).isLessThanOrEqualTo(312);
        assertThat(phone.frames())
                .singleElement()
                .satisfies(frame -> assertThat(frame.count()).isEqualTo(98));
        assertThat(phone.arrows()).hasSize(2);
        Drawing desktop = Drawing.of(Blocks.of(koji(98)), DESKTOP);
        assertThat(desktop.width()).isLessThanOrEqualTo(1080);
        assertThat(desktop.height()).isLessThan(1600);
    }

    @Test
    void aLongChainGoesDown() {
        assertThat(Drawing.of(Blocks.of(chain(100)), PHONE).width()).isLessThanOrEqualTo(312);
        assertThat(Drawing.of(Blocks.of(chain(100)), DESKTOP).width()).isLessThanOrEqualTo(1080);
    }

    @Test
    void anArrowOverLayersPassesBesideTheirBoxes() {
        // 0 to 3 over the layers of 1 and 2, on a way that no other arrows make.
        Blocks blocks = Blocks.of(List.of(List.of(), List.of(), List.of(1), List.of(2), List.of(0, 3)));
        assertThat(blocks.layers()).extracting(List::size).containsExactly(2, 2, 2, 1);
        assertThat(Drawing.of(blocks, DESKTOP).arrows())
                .hasSize(4)
                .filteredOn(path -> path.contains("L"))
                .hasSize(1);
    }
}
