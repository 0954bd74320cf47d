package dev.jobqueue.examples.sqlite;

import dev.jobqueue.JobId;
import dev.jobqueue.Page;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pages by the last key seen, never by offset: a key is a number that orders, and the sequence number of the job. */
final class Pages {
    private Pages() {}

    private record Entry(JobId id, String key) {}

    /**
     * A page of ids.
     *
     * @param order what orders first: a column, or 0 for enqueue order
     * @param from table and condition
     */
    static Page<JobId> of(Jobs jobs, Page.Request page, String order, String from, Map<String, ?> values) {
        Map<String, Object> all = new HashMap<>(values);
        String after = "";
        if (page.after().isPresent()) {
            String[] key = page.after().get().split(":", -1);
            try {
                all.put("order", Long.parseLong(key[0]));
                all.put("after", Long.parseLong(key[1]));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new IllegalArgumentException(
                        "not the next page of a list of this store: '"
                                + page.after().get() + "'",
                        e);
            }
            after = order.equals("0") ? " AND seq > :after" : " AND (" + order + ", seq) > (:order, :after)";
        }
        all.put("limit", page.size() + 1);
        List<Entry> entries = jobs.query(
                        "SELECT id, " + order + " || ':' || seq AS key FROM " + from + after + " ORDER BY "
                                + (order.equals("0") ? "" : order + ", ") + "seq LIMIT :limit",
                        all)
                .map((row, context) -> new Entry(JobId.parse(row.getString("id")), row.getString("key")))
                .list();
        List<Entry> items = entries.subList(0, Math.min(entries.size(), page.size()));
        Optional<String> next = entries.size() > items.size()
                ? Optional.of(items.get(items.size() - 1).key())
                : Optional.empty();
        return new Page<>(items.stream().map(Entry::id).toList(), next);
    }
}
