package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LongPairTableTest {
    private static final class Table extends LongPairTable<UUID> {
        @Override
        long high(UUID id) {
            return id.getMostSignificantBits();
        }

        @Override
        long low(UUID id) {
            return id.getLeastSignificantBits();
        }
    }

    @Test
    void agreesWithAMapThroughAddsAndRemoves() {
        Random random = new Random(7);
        Table table = new Table();
        Map<UUID, UUID> map = new HashMap<>();
        List<UUID> keys = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            // Clustered keys: few high parts, consecutive low ones.
            UUID key = new UUID(random.nextInt(3), random.nextInt(5_000));
            if (random.nextInt(100) < 55 && !map.containsKey(key)) {
                table.add(key);
                map.put(key, key);
                keys.add(key);
            } else if (map.containsKey(key)) {
                table.remove(map.remove(key));
            }
            assertThat(table.size()).isEqualTo(map.size());
        }
        for (UUID key : keys) {
            assertThat(table.get(key.getMostSignificantBits(), key.getLeastSignificantBits()))
                    .isSameAs(map.get(key));
        }
        List<UUID> all = new ArrayList<>();
        table.forEach(all::add);
        assertThat(all).containsExactlyInAnyOrderElementsOf(map.values());
    }
}
