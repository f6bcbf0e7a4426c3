/* What holds data: rings, lists, bytes that wait, memory that is freed at once. Ends with 0, or says what is wrong. */
#include <libwebsockets.h>

#include "check.h"

struct message {
    int number;
};

struct reader {
    struct reader *next;
    uint32_t tail;
};

static int destroyed;

static void destroy(void *element) {
    destroyed += ((struct message *)element)->number;
}

static void rings(void) {
    struct lws_ring *ring = lws_ring_create(sizeof(struct message), 4, destroy);
    struct message messages[5] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } }, out[4];
    struct reader slow = { NULL, 0 }, fast = { &slow, 0 }, *readers = &fast;
    void *start;
    size_t bytes;

    check(ring && lws_ring_get_count_free_elements(ring) == 4);
    check(lws_ring_insert(ring, messages, 5) == 4);
    check(lws_ring_get_count_free_elements(ring) == 0);
    check(lws_ring_get_count_waiting_elements(ring, NULL) == 4);
    check(((const struct message *)lws_ring_get_element(ring, &fast.tail))->number == 1);
    lws_ring_consume_and_update_oldest_tail(ring, struct reader, &fast.tail, 2, readers, tail, next);
    check(lws_ring_get_count_waiting_elements(ring, &fast.tail) == 2);
    check(lws_ring_get_count_free_elements(ring) == 0 && destroyed == 0);
    lws_ring_consume_and_update_oldest_tail(ring, struct reader, &slow.tail, 1, readers, tail, next);
    check(lws_ring_get_count_free_elements(ring) == 1 && destroyed == 1);
    check(lws_ring_insert(ring, &messages[4], 1) == 1);
    check(lws_ring_consume(ring, &slow.tail, out, 4) == 4 && out[0].number == 2 && out[3].number == 5);
    check(lws_ring_get_element(ring, &slow.tail) == NULL);
    lws_ring_update_oldest_tail(ring, fast.tail);
    check(destroyed == 1 + 2);
    lws_ring_consume_single_tail(ring, &fast.tail, 3);
    check(destroyed == 1 + 2 + 3 + 4 + 5 && lws_ring_get_oldest_tail(ring) == fast.tail);
    check(!lws_ring_next_linear_insert_range(ring, &start, &bytes) && bytes >= sizeof(struct message));
    memcpy(start, messages, sizeof(struct message));
    lws_ring_bump_head(ring, sizeof(struct message));
    check(lws_ring_get_count_waiting_elements(ring, &fast.tail) == 1);
    lws_ring_destroy(ring);
    check(destroyed == 16);
}

struct item {
    int number;
    struct lws_dll2 node;
};

static int by_number(const lws_dll2_t *one, const lws_dll2_t *other) {
    return lws_container_of(one, struct item, node)->number - lws_container_of(other, struct item, node)->number;
}

static int stop(struct lws_dll2 *node, void *user) {
    (void)node;
    ++*(int *)user;
    return 7;
}

static int take_out(struct lws_dll2 *node, void *sum) {
    *(int *)sum += lws_container_of(node, struct item, node)->number;
    lws_dll2_remove(node);
    return 0;
}

static void lists(void) {
    struct item items[4];
    struct lws_dll2_owner owner;
    int order = 0, sum = 0, n;

    memset(items, 0, sizeof(items));
    memset(&owner, 0, sizeof(owner));
    for (n = 0; n < 4; n++) {
        items[n].number = (n * 3 + 1) % 4 + 1; /* 2 1 4 3 */
        lws_dll2_add_sorted(&items[n].node, &owner, by_number);
    }
    lws_dll2_add_tail(&items[0].node, &owner);
    check(owner.count == 4);
    lws_start_foreach_dll(struct lws_dll2 *, node, owner.head) {
        order = order * 10 + lws_container_of(node, struct item, node)->number;
    } lws_end_foreach_dll(node);
    check(order == 1234);
    lws_dll2_remove(&items[0].node);
    check(owner.count == 3 && lws_dll2_is_detached(&items[0].node));
    lws_dll2_add_before(&items[0].node, lws_dll2_get_head(&owner));
    check(lws_dll2_get_head(&owner) == &items[0].node && lws_dll2_owner(&items[0].node) == &owner);
    check(lws_dll2_foreach_safe(&owner, &sum, stop) == 1 && sum == 1);
    sum = 0;
    check(lws_dll2_foreach_safe(&owner, &sum, take_out) == 0 && sum == 10 && !owner.count && !owner.head && !owner.tail);
}

struct entry {
    lws_list_ptr next;
    int number;
};

static int entries_by_number(lws_list_ptr one, lws_list_ptr other) {
    return lws_list_ptr_container(one, struct entry, next)->number - lws_list_ptr_container(other, struct entry, next)->number;
}

static void single_lists(void) {
    struct entry entries[3] = { { NULL, 2 }, { NULL, 3 }, { NULL, 1 } }, last = { NULL, 9 };
    lws_list_ptr first = NULL, each;
    int order = 0;
    size_t n;

    for (n = 0; n < LWS_ARRAY_SIZE(entries); n++)
        lws_list_ptr_insert(&first, &entries[n].next, entries_by_number);
    lws_list_ptr_insert(&first, &last.next, NULL);
    for (each = first; each; ) {
        order = order * 10 + lws_list_ptr_container(each, struct entry, next)->number;
        lws_list_ptr_advance(each);
    }
    check(order == 9123);
    lws_list_ptr_insert(NULL, &last.next, NULL);
    lws_list_ptr_insert(&first, NULL, entries_by_number);
}

static void segments(void) {
    struct lws_buflist *list = NULL;
    char first = 9, last = 9;
    uint8_t out[16], *at = out;

    check(lws_buflist_next_segment_len(&list, &at) == 0 && !at && lws_buflist_total_len(&list) == 0);
    check(lws_buflist_append_segment(&list, (const uint8_t *)"hello", 5) == 1);
    check(lws_buflist_append_segment(&list, (const uint8_t *)" big", 4) == 0);
    check(lws_buflist_append_segment(&list, (const uint8_t *)" world", 6) == 0);
    check(lws_buflist_append_segment(&list, NULL, 3) == -1 && lws_buflist_append_segment(&list, out, 0) == -1);
    check(lws_buflist_total_len(&list) == 15);
    check(lws_buflist_next_segment_len(&list, &at) == 5 && !memcmp(at, "hello", 5));
    memset(at - LWS_PRE, 'x', LWS_PRE);
    check(lws_buflist_linear_copy(&list, 3, out, 8) == 8 && !memcmp(out, "lo big w", 8));
    check(lws_buflist_linear_copy(&list, 99, out, 8) == 0 && lws_buflist_total_len(&list) == 15);
    check(lws_buflist_fragment_use(&list, out, 2, &first, &last) == 2 && first == 1 && last == 0 && !memcmp(out, "he", 2));
    check(lws_buflist_fragment_use(&list, out, 9, &first, &last) == 3 && first == 0 && last == 1 && !memcmp(out, "llo", 3));
    check(lws_buflist_use_segment(&list, 1) == 3 && lws_buflist_use_segment(&list, 3) == 6);
    lws_buflist_describe(&list, &list, "one left");
    check(lws_buflist_linear_use(&list, out, sizeof(out)) == 6 && !memcmp(out, " world", 6) && !list);
    check(lws_buflist_fragment_use(&list, out, 9, &first, &last) == 0 && lws_buflist_use_segment(&list, 9) == 0);
    check(lws_buflist_append_segment(&list, (const uint8_t *)"x", 1) == 1);
    check(lws_buflist_use_segment(&list, (size_t)-1) == 0 && !list);
    check(lws_buflist_append_segment(&list, (const uint8_t *)"ab", 2) == 1);
    check(lws_buflist_append_segment(&list, (const uint8_t *)"cd", 2) == 0);
    check(lws_buflist_linear_use(&list, out, 3) == 3 && !memcmp(out, "abc", 3) && lws_buflist_total_len(&list) == 1);
    check(lws_buflist_fragment_use(&list, NULL, 9, NULL, NULL) == 0 && lws_buflist_linear_use(&list, NULL, 9) == -1);
    lws_buflist_destroy_all_segments(&list);
    check(!list);
    check(lws_buflist_append_segment(NULL, out, 1) == -1 && !lws_buflist_next_segment_len(NULL, NULL));
    check(!lws_buflist_use_segment(NULL, 1) && !lws_buflist_total_len(NULL) && lws_buflist_linear_copy(NULL, 0, out, 1) == -1);
    check(lws_buflist_linear_use(NULL, out, 1) == -1 && !lws_buflist_fragment_use(NULL, out, 1, NULL, NULL));
    lws_buflist_destroy_all_segments(NULL);
    lws_buflist_describe(NULL, NULL, NULL);
}

static void arenas(void) {
    struct lwsac *arena = NULL;
    char *pieces[100], *big;
    size_t n;

    for (n = 0; n < 100; n++) {
        pieces[n] = (char *)lwsac_use(&arena, n + 1, 256);
        check(pieces[n] && (uintptr_t)pieces[n] % sizeof(void *) == 0);
        memset(pieces[n], (int)n, n + 1);
    }
    for (n = 0; n < 100; n++)
        check(pieces[n][0] == (char)n && pieces[n][n] == (char)n);
    check(lwsac_get_next(arena) && lwsac_total_alloc(arena) > 5050 && lwsac_total_overhead(arena) < lwsac_total_alloc(arena));
    check(lwsac_get_tail_pos(arena) >= lwsac_sizeof(1) && lwsac_align(1) >= sizeof(void *) && lwsac_align(0) == 0);
    /* Larger than a chunk; and where the last one has no room, an earlier one may. */
    big = (char *)lwsac_use_zero(&arena, 5000, 0);
    check(big && !big[0] && !big[4999]);
    check(lwsac_use_backfill(&arena, 1, 0));
    lwsac_info(arena);
    lwsac_free(&arena);
    check(!arena);

    /* What is there already need not be there twice. */
    strcpy((char *)lwsac_use(&arena, 8, 64), "one two");
    check(!strcmp((char *)lwsac_scan_extant(arena, (uint8_t *)"two", 3, 1), "two"));
    check(lwsac_scan_extant(arena, (uint8_t *)"one", 3, 0) && !lwsac_scan_extant(arena, (uint8_t *)"one", 3, 1));
    check(!lwsac_scan_extant(arena, (uint8_t *)"three", 5, 0) && !lwsac_scan_extant(arena, NULL, 5, 0));
    check(!lwsac_extend(arena, 16) && lwsac_extend(arena, 1000) == 1);
    /* A reader keeps it when the owner lets go. */
    lwsac_reference(arena);
    lwsac_detach(&arena);
    check(arena && lwsac_scan_extant(arena, (uint8_t *)"one", 3, 0));
    lwsac_unreference(&arena);
    check(!arena);
    check(lwsac_use(&arena, 1, 0));
    lwsac_detach(&arena);
    check(!arena);

    check(!lwsac_use(NULL, 1, 0) && !lwsac_use_zero(NULL, 1, 0) && !lwsac_use_backfill(NULL, 1, 0));
    check(!lwsac_use(&arena, (size_t)-1, 0) && !lwsac_use(&arena, 1, (size_t)-1) && !arena);
    check(lwsac_extend(NULL, 1) == 1 && !lwsac_get_next(NULL) && !lwsac_get_tail_pos(NULL) && !lwsac_total_alloc(NULL));
    check(!lwsac_total_overhead(NULL) && !lwsac_scan_extant(NULL, (uint8_t *)"x", 1, 0));
    lwsac_free(NULL);
    lwsac_free(&arena);
    lwsac_reference(NULL);
    lwsac_unreference(NULL);
    lwsac_unreference(&arena);
    lwsac_detach(NULL);
    lwsac_info(NULL);
}

int main(void) {
    rings();
    lists();
    single_lists();
    segments();
    arenas();
    return 0;
}
