/* Ring buffers for messages to several clients, each of which reads at its own pace. */
#ifndef LWS_RING_H
#define LWS_RING_H

#include "base.h"

LWS_C_BEGIN

struct lws_ring;

/* `count` elements of `element_len` bytes. `destroy_element`, or NULL, is called for those that nobody needs any more. */
struct lws_ring *lws_ring_create(size_t element_len, size_t count, void (*destroy_element)(void *element));
void lws_ring_destroy(struct lws_ring *ring);

size_t lws_ring_get_count_free_elements(struct lws_ring *ring);

/* Elements that the reader at `*tail` has not read; NULL: the slowest reader. */
size_t lws_ring_get_count_waiting_elements(struct lws_ring *ring, uint32_t *tail);

/* Copies up to `max_count` elements in; says how many there was room for. */
size_t lws_ring_insert(struct lws_ring *ring, const void *src, size_t max_count);

/* The element that the reader would read next, in place, or NULL. */
const void *lws_ring_get_element(struct lws_ring *ring, uint32_t *tail);

/* Copies elements out (`dest` not NULL) and moves the reader on; says by how many. */
size_t lws_ring_consume(struct lws_ring *ring, uint32_t *tail, void *dest, size_t max_count);

/* Where a new reader begins that wants everything there is. */
uint32_t lws_ring_get_oldest_tail(struct lws_ring *ring);

/* Everything before `tail` is read by all readers. */
void lws_ring_update_oldest_tail(struct lws_ring *ring, uint32_t tail);

/* Inserting in place: where, and room for how many bytes up to the end of memory; 1 when there is none. Then how many it were. */
int lws_ring_next_linear_insert_range(struct lws_ring *ring, void **start, size_t *bytes);
void lws_ring_bump_head(struct lws_ring *ring, size_t bytes);
void lws_ring_dump(struct lws_ring *ring, uint32_t *tail);

/* For a ring with one reader. */
#define lws_ring_consume_single_tail(ring, ptail, count)  \
    do {                                                  \
        lws_ring_consume(ring, ptail, NULL, count);       \
        lws_ring_update_oldest_tail(ring, *(ptail));      \
    } while (0)

/*
 * For a ring with several readers, a list of objects of `type` linked by `mlist` that hold their place in `mtail`: moves one of
 * them on, and forgets what was only kept for it.
 */
#define lws_ring_consume_and_update_oldest_tail(ring, type, ptail, count, list_head, mtail, mlist)        \
    do {                                                                                                  \
        const int was_oldest_ = lws_ring_get_oldest_tail(ring) == *(ptail);                               \
        lws_ring_consume(ring, ptail, NULL, (size_t)(count));                                             \
        if (was_oldest_) {                                                                                \
            uint32_t oldest_ = *(ptail);                                                                  \
            size_t most_ = 0;                                                                             \
            lws_start_foreach_llp(type **, reader_, list_head) {                                          \
                const size_t waiting_ = lws_ring_get_count_waiting_elements(ring, &(*reader_)->mtail);    \
                if (waiting_ >= most_) {                                                                  \
                    most_ = waiting_;                                                                     \
                    oldest_ = (*reader_)->mtail;                                                          \
                }                                                                                         \
            }                                                                                             \
            lws_end_foreach_llp(reader_, mlist);                                                          \
            lws_ring_update_oldest_tail(ring, oldest_);                                                   \
        }                                                                                                 \
    } while (0)

LWS_C_END

#endif
