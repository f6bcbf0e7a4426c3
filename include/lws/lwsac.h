/* Memory that is taken in small pieces and freed at once: lws allocated chunks. */
#ifndef LWS_LWSAC_H
#define LWS_LWSAC_H

#include "base.h"

LWS_C_BEGIN

/* A chunk. An empty arena is a NULL pointer; functions that take memory get the address of that pointer. */
struct lwsac;

/*
 * `ensure` bytes, aligned for anything, out of the last chunk, or out of a new one of at least `chunk_size` bytes (0: a few hundred). They
 * do not move until all is freed. NULL without memory. lwsac_use_zero zeroes them, lwsac_use_backfill tries every chunk first.
 */
void *lwsac_use(struct lwsac **head, size_t ensure, size_t chunk_size);
void *lwsac_use_zero(struct lwsac **head, size_t ensure, size_t chunk_size);
void *lwsac_use_backfill(struct lwsac **head, size_t ensure, size_t chunk_size);
#define lwsac_use_zeroed lwsac_use_zero

/* Makes the last piece longer in its place. 0, or 1 when its chunk has no room. */
int lwsac_extend(struct lwsac *head, size_t amount);

/* Frees all of it. */
void lwsac_free(struct lwsac **head);

/* Whoever still reads holds a reference; an arena that is detached is freed with the last one. */
void lwsac_reference(struct lwsac *head);
void lwsac_unreference(struct lwsac **head);
void lwsac_detach(struct lwsac **head);

/* Chunks: the next one; how far this one is used, its own management included, which takes lwsac_sizeof(whether it is the first) bytes. */
struct lwsac *lwsac_get_next(struct lwsac *lac);
size_t lwsac_get_tail_pos(struct lwsac *lac);
size_t lwsac_sizeof(int first);

/* `length`, rounded up to where the next piece can begin. */
size_t lwsac_align(size_t length);

/* Where `len` bytes like those at `find` already lie, with a zero byte behind if `nul`. NULL when they do not. */
uint8_t *lwsac_scan_extant(struct lwsac *head, uint8_t *find, size_t len, int nul);

/* Bytes of all chunks; how many of them hold nothing of the application's. */
uint64_t lwsac_total_alloc(struct lwsac *head);
uint64_t lwsac_total_overhead(struct lwsac *head);

/* A line of the log with both. */
void lwsac_info(struct lwsac *head);

LWS_C_END

#endif
