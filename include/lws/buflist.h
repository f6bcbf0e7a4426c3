/* Lists of buffers: bytes that wait, in the pieces that they came in. */
#ifndef LWS_BUFLIST_H
#define LWS_BUFLIST_H

#include "base.h"

LWS_C_BEGIN

/* An empty list is a NULL pointer; every function takes the address of that pointer. */
struct lws_buflist;

/* Copies `len` bytes to the end, with LWS_PRE writable ones in front. 1 for the first segment, 0 for another, -1 without memory or bytes. */
int lws_buflist_append_segment(struct lws_buflist **head, const uint8_t *buf, size_t len);

/* What is left of the first segment: its length, and where it lies unless `buf` is NULL. 0 and NULL for an empty list. */
size_t lws_buflist_next_segment_len(struct lws_buflist **head, uint8_t **buf);

/* Takes `len` bytes off the first segment, which is freed at its end. What is now left of the first one. */
size_t lws_buflist_use_segment(struct lws_buflist **head, size_t len);

size_t lws_buflist_total_len(struct lws_buflist **head);

/* Copies from `ofs` bytes behind the start on, across segments, and takes nothing off. Bytes copied. */
int lws_buflist_linear_copy(struct lws_buflist **head, size_t ofs, uint8_t *buf, size_t len);

/* The same from the start, and takes off what it copied. */
int lws_buflist_linear_use(struct lws_buflist **head, uint8_t *buf, size_t len);

/* Copies and takes off part of the first segment: whether that was its start, and whether its end. Both may be NULL. */
int lws_buflist_fragment_use(struct lws_buflist **head, uint8_t *buf, size_t len, char *frag_first, char *frag_fin);

void lws_buflist_destroy_all_segments(struct lws_buflist **head);

/* Lines of the log, one a segment. */
void lws_buflist_describe(struct lws_buflist **head, void *id, const char *reason);

LWS_C_END

#endif
